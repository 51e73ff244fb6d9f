import type { CallState } from '../sdk/call-events.ts';
import type { View } from './view.ts';

const stateWords: Record<CallState, string> = {
  idle: 'Not connected',
  connecting: 'Connecting…',
  ready: 'Preparing…',
  live: 'Connected',
  reconnecting: 'Reconnecting…',
  ended: 'Call ended',
};

export function Header({ view }: { view: View }) {
  return (
    <header className="header">
      <div className="brand">
        <svg className="brand-mark" viewBox="0 0 32 32" aria-hidden="true">
          <rect width="32" height="32" rx="9" />
          <path d="M9 13.5v5M13.7 9.5v13M18.3 12v8M23 14.5v3" />
        </svg>
        <h1>Voice assistant</h1>
      </div>
      <p
        className="connection"
        role="status"
        data-testid="connection-state"
        data-state={view.call}
        title={view.worker === undefined ? undefined : `Served by ${view.worker}`}
      >
        <span className="dot" aria-hidden="true" />
        {view.call === 'ready' && view.isWaiting ? 'Waiting…' : stateWords[view.call]}
      </p>
    </header>
  );
}
