import { type FormEvent, type RefObject, useState } from 'react';

interface Props {
  field: RefObject<HTMLInputElement | null>;
  isEnabled: boolean;
  /** False when it could not be sent; then the text stays. */
  onSend: (text: string) => boolean;
}

/** Longest typed turn, in characters; well under the server's limit for a frame. */
const longest = 2_000;

export function TypedTurn({ field, isEnabled, onSend }: Props) {
  const [text, setText] = useState('');
  const isSendable = isEnabled && text.trim() !== '';

  function submit(event: FormEvent) {
    event.preventDefault();
    if (isSendable && onSend(text.trim())) setText('');
  }

  return (
    <form className="typed" onSubmit={submit}>
      <label className="visually-hidden" htmlFor="typed-turn">
        Type a message
      </label>
      <input
        id="typed-turn"
        ref={field}
        data-testid="text-input"
        type="text"
        enterKeyHint="send"
        autoComplete="off"
        maxLength={longest}
        placeholder="Type a message"
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
      <button type="submit" data-testid="text-send" aria-label="Send" disabled={!isSendable}>
        <svg viewBox="0 0 24 24" aria-hidden="true">
          <path d="M12 19V6M6 11.5 12 5.5l6 6" />
        </svg>
      </button>
    </form>
  );
}
