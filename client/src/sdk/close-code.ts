/** What the client sends when it leaves a connection but not the call: a code that means "reconnect". */
export const leavingCode = 4000;

/** The session is over that was to be resumed; a new one may be begun. */
export const sessionGoneCode = 4026;

/** A newer connection has the session. */
export const replacedCode = 4503;

export type AfterClose = 'ended' | 'reconnect' | 'refused';

/** The WebSocket layer's own "frame too large": sent again on return, the frame would be refused again. */
const tooLargeCode = 1009;

/** What a close code asks of the client: 1000 the call is over, 1009 and 4500–4999 do not come back, all others do. */
export function afterClose(code: number): AfterClose {
  if (code === 1000) return 'ended';
  if (code === tooLargeCode) return 'refused';
  return code >= 4500 && code <= 4999 ? 'refused' : 'reconnect';
}
