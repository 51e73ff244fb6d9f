/** One way an attempt can fail, as clients, load balancers and operators meet it. */
export interface ErrorSpec {
  /** HTTP status when it is answered before the WebSocket upgrade. */
  status?: number;
  /** WebSocket close code when the connection ends with it: 4000–4499 "reconnect", 4500–4999 "do not". */
  close?: number;
  retry: boolean;
  text: string;
}

/** The one error table: ids are stable, code and documentation are driven by it. */
export const errors = {
  NOT_JSON: { retry: false, text: 'the message is not a JSON object with a "type"' },
  UNKNOWN_TYPE: { retry: false, text: 'the message type is not one of the protocol' },
  BAD_FIELD: { retry: false, text: 'a field of the message has a wrong type or value' },
  BAD_BASE64: { retry: false, text: 'the audio is not valid base64' },
  ODD_PCM: { retry: false, text: 'PCM16 audio has two bytes a sample; this frame has an odd length' },
  NOT_STARTED: { retry: false, text: 'send session.start first' },
  START_TIMEOUT: { close: 4024, retry: true, text: 'session.start did not come in time' },
  BINARY_NOT_ASKED: { retry: false, text: 'binary audio needs session.start with audio: "binary"' },
  UNKNOWN_AGENT: { close: 4531, retry: false, text: 'there is no agent of that name' },
  TOO_MANY_MESSAGES: { close: 4010, retry: true, text: 'more than 50 control messages a second' },
  TOO_MUCH_AUDIO: { close: 4011, retry: true, text: 'audio came faster than twice real time' },
  TOO_MANY_FRAMES: { close: 4012, retry: true, text: 'more than 150 frames a second' },
  FRAME_TOO_LARGE: { close: 4510, retry: false, text: 'a frame may hold at most 64 KiB' },
  SLOW_CONSUMER: { close: 4008, retry: true, text: 'the client does not read fast enough' },
  NOT_ALIVE: { close: 4009, retry: true, text: 'two pings went unanswered' },
  NO_CAPACITY: {
    status: 503,
    close: 4013,
    retry: true,
    text: 'every worker is full, and so is the waiting room; try again shortly',
  },
  NO_WORKER: { status: 503, close: 4014, retry: true, text: 'no worker is running; try again shortly' },
  REDIS_AWAY: {
    status: 503,
    close: 4015,
    retry: true,
    text: 'the session registry is away; try again shortly',
  },
  WORKER_LOST: { close: 4016, retry: true, text: 'the worker of this session was lost; connect again' },
  EVIDENCE_FULL: {
    status: 503,
    close: 4025,
    retry: true,
    text: 'this server cannot keep a record of more calls; try again shortly',
  },
  BAD_TOKEN: {
    close: 4501,
    retry: false,
    text: 'the resume token is forged, or of another cluster; connect without it',
  },
  OLD_TOKEN: {
    close: 4502,
    retry: false,
    text: 'a newer resume token of this session has been used; this one is no longer good',
  },
  REPLACED: { close: 4503, retry: false, text: 'the session goes on over a newer connection' },
  SESSION_GONE: {
    close: 4026,
    retry: true,
    text: 'the session of this resume token is over; connect without it',
  },
  DRAINING: { status: 503, close: 4017, retry: true, text: 'this server is leaving; connect again' },
  NOT_FOUND: { status: 404, retry: false, text: 'there is nothing at this address' },
  BAD_ORIGIN: { status: 403, retry: false, text: 'this origin may not connect' },
  PROVIDER_AUTH: {
    close: 4520,
    retry: false,
    text: 'the voice service refused our credentials; tell the operator',
  },
  PROVIDER_BUSY: { close: 4020, retry: true, text: 'the voice service is at its limit; try again shortly' },
  PROVIDER_UNREACHABLE: { close: 4021, retry: true, text: 'the voice service cannot be reached; try again' },
  PROVIDER_LOST: {
    close: 4022,
    retry: true,
    text: 'the connection to the voice service was lost; connect again',
  },
  PROVIDER_ERROR: { retry: true, text: 'the voice service could not answer; say it again' },
  PROVIDER_TIMEOUT: { retry: true, text: 'the voice service did not answer in time; try again' },
  UNKNOWN_VOICE: { close: 4521, retry: false, text: 'the voice service does not know this voice or model' },
  BAD_SPEECH: { retry: true, text: 'the voice service sent speech that cannot be played' },
  CALL_TOO_LONG: { close: 4530, retry: false, text: 'the call has reached its longest duration' },
  INTERNAL: {
    status: 500,
    close: 4023,
    retry: true,
    text: 'something went wrong on our side; connect again',
  },
} as const satisfies Record<string, ErrorSpec>;

export type ErrorId = keyof typeof errors;

/** The table's row of an id, with its optional columns readable. */
export function errorSpec(id: ErrorId): ErrorSpec {
  return errors[id];
}

/** An error of the table, thrown inside a process; `detail` is for the log, never for the client. */
export class VjjError extends Error {
  readonly id: ErrorId;
  readonly detail: string | undefined;

  constructor(id: ErrorId, detail?: string) {
    super(detail === undefined ? errors[id].text : `${errors[id].text} (${detail})`);
    this.name = 'VjjError';
    this.id = id;
    this.detail = detail;
  }
}
