/** A tool's answer goes to a model that speaks: more than this it could not use. */
export const maxAnswerBytes = 64 * 1024;

/**
 * The text of an answer, read no further than the limit.
 * @returns undefined when there is more; the connection is given up then, not read to its end
 */
export async function readAnswer(response: Response, maxBytes = maxAnswerBytes): Promise<string | undefined> {
  if (Number(response.headers.get('content-length') ?? 0) > maxBytes) {
    await response.body?.cancel();
    return undefined;
  }
  if (response.body === null) return '';
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  // Leaving the loop cancels the stream, which closes the connection.
  for await (const chunk of response.body) {
    bytes += chunk.byteLength;
    if (bytes > maxBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
