/** What the client sends when it leaves a connection but not the call: a code that means "reconnect". */
export const leavingCode = 4000;

export type AfterClose = 'ended' | 'reconnect' | 'refused';

/** What a close code asks of the client: 1000 the call is over, 4500–4999 do not come back, all others do. */
export function afterClose(code: number): AfterClose {
  if (code === 1000) return 'ended';
  return code >= 4500 && code <= 4999 ? 'refused' : 'reconnect';
}
