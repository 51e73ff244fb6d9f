import { type FormEvent, type RefObject, useEffect, useState } from 'react';

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
  /** Sent as soon as there is a call: whoever presses Enter before need not press it again. */
  const [isDue, setIsDue] = useState(false);
  const isSendable = isEnabled && text.trim() !== '';

  useEffect(() => {
    if (!isDue || !isEnabled) return;
    setIsDue(false);
    if (onSend(text.trim())) setText('');
  }, [isDue, isEnabled, onSend, text]);

  function submit(event: FormEvent) {
    event.preventDefault();
    // At once where that is possible: browsers let a page sound from within a press only.
    if (isSendable && onSend(text.trim())) setText('');
    else if (text.trim() !== '') setIsDue(true);
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
        onChange={(event) => {
          setText(event.target.value);
          setIsDue(false);
        }}
      />
      <button type="submit" data-testid="text-send" aria-label="Send" disabled={text.trim() === '' || isDue}>
        <svg viewBox="0 0 24 24" aria-hidden="true">
          <path d="M12 19V6M6 11.5 12 5.5l6 6" />
        </svg>
      </button>
    </form>
  );
}
