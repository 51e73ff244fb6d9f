import type { Notice } from './notice.ts';

const actionWords = { call: 'Try again', retry: 'Try now', type: 'Type instead' } as const;

interface Props {
  notice: Notice;
  act: Record<keyof typeof actionWords, () => void>;
  onDismiss: () => void;
}

export function NoticeBar({ notice, act, onDismiss }: Props) {
  const { action } = notice;
  return (
    <div
      className={`notice notice-${notice.tone}`}
      role={notice.tone === 'info' ? undefined : 'alert'}
      data-testid="notice"
      data-tone={notice.tone}
    >
      <div className="notice-text">
        <strong>{notice.title}</strong>
        <span>{notice.advice}</span>
      </div>
      {action !== undefined && (
        <button
          type="button"
          className="notice-action"
          data-testid={action === 'type' ? 'type-instead' : 'retry-button'}
          onClick={act[action]}
        >
          {actionWords[action]}
        </button>
      )}
      {action !== 'call' && action !== 'retry' && (
        <button type="button" className="notice-close" aria-label="Dismiss" onClick={onDismiss}>
          <svg viewBox="0 0 16 16" aria-hidden="true">
            <path d="M4 4l8 8M12 4l-8 8" />
          </svg>
        </button>
      )}
    </div>
  );
}
