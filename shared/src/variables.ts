import { z } from 'zod';
import { redisUrlForms } from './control/redis-address.ts';

const whole = (fallback: number, min: number, max: number) =>
  z.coerce.number().int().min(min).max(max).default(fallback);
const text = (fallback = '') => z.string().trim().default(fallback);
const flag = (fallback: boolean) =>
  z
    .enum(['true', 'false'])
    .default(fallback ? 'true' : 'false')
    .transform((value) => value === 'true');
/** `api.example.com, 10.0.0.7:8080, [::1]:8080` */
const hostList = /^\s*((([\w.-]+|\[[\da-f:]+\])(:\d{1,5})?)(\s*,\s*|\s*$))*$/i;

/** `https://shop.example`: as browsers write it, since anything else would never be the same. */
const isOrigin = (origin: string) =>
  URL.canParse(origin) && new URL(origin).origin === origin && !origin.includes('*');
const listed = (list: string) =>
  list
    .split(',')
    .map((entry) => entry.trim())
    .filter(Boolean);

/**
 * Every variable the processes read, with its default; nothing else reads the environment.
 * The description is what `.env.example` and the runbook say of it.
 */
export const variables = z.object({
  PORT: whole(3000, 0, 65_535).describe(
    'port of the gateways: page, WebSocket, /health /ready /status /metrics',
  ),
  HOST: text('0.0.0.0').describe('address the gateways listen on'),
  ADMIN_PORT: whole(0, 0, 65_535).describe(
    'first port of /health /ready /metrics of the workers, the next process takes the next; 0: any free one (see /status)',
  ),
  RECORDER_ADMIN_PORT: whole(0, 0, 65_535).describe(
    'the same of the recorders; where workers run on the same host, beyond the ports of those',
  ),
  ADMIN_HOST: text('127.0.0.1').describe('address those listen on'),
  GATEWAY_PROCESSES: whole(2, 1, 256).describe('gateway processes of one gateway primary'),
  WORKER_PROCESSES: whole(2, 1, 256).describe('worker processes of one worker primary'),
  RECORDER_PROCESSES: whole(1, 1, 64).describe('recorder processes of one recorder primary'),
  ALLOWED_ORIGINS: z
    .string()
    .default('')
    .transform(listed)
    .refine((origins) => origins.every(isOrigin), {
      error:
        'each must be a scheme and a host, as https://shop.example: no path, no slash at the end, no wildcard',
    })
    .describe(
      'web origins whose pages may open a call or show the page in a frame, comma separated; empty: the same host only, and programs that send no origin',
    ),
  PING_PERIOD_MS: whole(15_000, 100, 120_000).describe(
    'how often a client is pinged; one that leaves two pings unanswered is let go',
  ),

  REDIS_URL: text('redis://127.0.0.1:6379').describe(`registry, pins, journals and queues: ${redisUrlForms}`),
  CLUSTER_NAME: z
    .string()
    .regex(/^[a-z0-9-]{1,32}$/, 'a–z, 0–9 and -, at most 32 characters')
    .default('vjj')
    .describe('prefix of all keys; two clusters on one Redis need two names'),

  LINK_SECRET: z
    .string()
    .min(16, 'at least 16 characters, the same on every gateway and worker')
    .describe(
      'shared by gateways and workers, without a default; at least 16 random characters; `npm start` makes one',
    ),
  LINK_DIR: text('/tmp/voice-jib-jab').describe(
    'folder of the Unix sockets between gateways and workers of one host',
  ),
  CALLERS_PER_LINK: whole(250, 1, 100_000).describe(
    'so many callers of a gateway come to a worker over one link; more, and it opens another',
  ),
  LINK_HOST: text().describe(
    'address at which gateways of other hosts reach this worker; empty: this host only',
  ),
  LINK_LISTEN_HOST: text().describe(
    'address of this machine the worker listens on for them, where that is another; 0.0.0.0: all; empty: LINK_HOST',
  ),
  LINK_TLS: flag(true).describe(
    'links between hosts are encrypted, with a key made of LINK_SECRET; the same on every gateway and worker',
  ),
  LINK_PORT: whole(0, 0, 65_535).describe(
    'first TCP port of the links, the next process takes the next; 0: any free one',
  ),

  MAX_SESSIONS_PER_WORKER: whole(1000, 1, 100_000).describe('calls one worker process takes'),
  MAX_LOOP_LAG_MS: whole(200, 0, 60_000).describe(
    'event-loop lag (p95 between two heartbeats) above which a worker takes no new calls, until it is below half of that; 0: whatever it is',
  ),
  WAITING_ROOM_SIZE: whole(50, 0, 10_000).describe(
    'callers of the whole fleet who may wait for a place when every worker is full; those beyond are refused',
  ),
  START_TIMEOUT_MS: whole(30_000, 100, 600_000).describe(
    'how long a connection may wait before it starts its session',
  ),
  HEARTBEAT_MS: whole(2000, 100, 60_000).describe('how often a process renews its place in the registry'),
  LEASE_MS: whole(6000, 300, 300_000).describe('how long that place is good for'),
  RESUME_GRACE_MS: whole(30_000, 0, 600_000).describe(
    'how long a call waits for a caller whose connection was lost, and a caller for another worker',
  ),
  ESCALATION_WEBHOOK_URL: text().describe(
    'address that is told, signed, when a call is escalated; https, or http on this machine; empty: nobody is',
  ),
  ESCALATION_WEBHOOK_SECRET: text().describe('key of that signature; at least 16 random characters'),
  DRAIN_TIMEOUT_MS: whole(30_000, 0, 600_000).describe('how long a leaving process waits for its calls'),

  OPENAI_API_KEY: text().describe('key of the voice service; `npm start` runs an emulator when it is empty'),
  OPENAI_BASE_URL: z
    .url({ protocol: /^https?$/ })
    .default('https://api.openai.com/v1')
    .describe('address of the voice service'),
  OPENAI_MODEL: text('gpt-realtime-2.1').describe('Realtime model'),
  OPENAI_TRANSCRIPTION_MODEL: text('gpt-transcribe').describe('model that writes down what the caller said'),
  OPENAI_VOICE: text('marin').describe('voice of the answers'),
  OPENAI_TTS_MODEL: text('gpt-4o-mini-tts').describe('model that speaks ready-made lines'),
  TTS_TIMEOUT_MS: whole(5000, 100, 60_000).describe('how long speaking one line may take'),
  VOICE_CACHE_DIR: text('.data/voice').describe('folder in which spoken lines are kept'),
  PROVIDER_RENEW_MS: whole(3_300_000, 0, 86_400_000).describe(
    'after so long a call gets another connection to the voice service, when nobody speaks, before the service ends the one it has; 0: never',
  ),
  MAX_SESSION_DURATION_MINUTES: z.coerce
    .number()
    .min(0)
    .max(1440)
    .default(0)
    .describe('after so long a call is ended with a spoken goodbye; 0: never'),
  PROVIDER_CONNECT_TIMEOUT_MS: whole(5000, 100, 60_000).describe(
    'how long one try to reach the voice service may take',
  ),

  ENABLE_LANE_A: flag(true).describe('a short spoken acknowledgement when the answer takes its time'),
  REFLEX_DELAY_MS: whole(100, 0, 10_000).describe(
    'after the end of the caller’s turn, how long the answer may take before that is heard',
  ),
  FALLBACK_MODE: z
    .enum([
      'auto',
      'ask_clarifying_question',
      'refuse_politely',
      'switch_to_text_summary',
      'escalate_to_human',
      'offer_email_or_link',
    ])
    .default('auto')
    .describe('what is said when an answer was stopped; auto: what fits the reason'),
  OPENAI_MAX_SESSIONS: whole(0, 0, 1_000_000).describe(
    'conversations with the voice service the whole fleet may have, warm ones included; 0: no limit',
  ),
  WARM_POOL_MIN: whole(4, 0, 1000).describe('connections to the voice service a worker keeps ready at least'),
  WARM_POOL_MAX: whole(1000, 0, 10_000).describe('and at most, after a burst of calls'),

  OUTPUT_LEAD_MS: whole(600, 100, 10_000).describe('how far the audio sent is ahead of the audio played'),
  POLICY_HOLD: z
    .enum(['pace', 'sentence'])
    .default('pace')
    .describe(
      'pace: audio is released at the pace of speech; sentence: also not before its words were judged',
    ),
  POLICY_INPUT: z
    .enum(['fast', 'strict'])
    .default('fast')
    .describe('fast: the answer begins while the caller’s words are judged; strict: after they were'),
  ENABLE_PII_REDACTION: flag(true).describe(
    'personal data is masked in what callers hear and read; logs and evidence never hold it',
  ),
  ENABLE_PROVIDER_MODERATION: flag(false).describe(
    'finished turns are also judged by /v1/moderations of the voice service; it may only tighten',
  ),
  PROVIDER_MODERATION_TIMEOUT_MS: whole(800, 50, 10_000).describe('how long that may take'),
  ECHO_GUARD: z
    .enum(['half-duplex', 'duplex'])
    .default('half-duplex')
    .describe(
      'half-duplex: an open microphone is not heard while the agent speaks; duplex: it is (headsets)',
    ),
  RESPONSE_COOLDOWN_MS: whole(1500, 0, 10_000).describe(
    'microphone audio ignored this long after the agent was heard (echo)',
  ),
  MIN_AUDIO_RMS: whole(200, 0, 32_767).describe('microphone audio quieter than this is ignored; 0: none is'),

  AGENTS_DIR: text('agents').describe('folder with a folder for each agent, see agents/README.md'),
  CHROMA_URL: z
    .union([z.literal(''), z.url({ protocol: /^https?$/ })])
    .default('')
    .describe('address of Chroma, which keeps knowledge and memory; `npm start` runs one when it is empty'),
  ENABLE_RAG: flag(true).describe(
    'agents look up what they know: files of their folder, and `npm run knowledge`',
  ),
  KNOWLEDGE_CACHE_DIR: text('.data/knowledge').describe(
    'folder in which workers keep what they know, for when Chroma is away',
  ),
  ENABLE_PERSISTENT_MEMORY: flag(true).describe(
    'callers who send a fingerprint are known when they call again; what they said is kept in short in Chroma',
  ),
  MAX_HISTORY_TURNS: whole(12, 1, 100).describe(
    'turns of a call, of both sides, that its summary is made of',
  ),
  MAX_SUMMARY_LENGTH: whole(600, 50, 10_000).describe('characters the summary of a call has at most'),
  OPENAI_SUMMARY_MODEL: text('gpt-5-mini').describe('model that summarises a call that is over'),
  RAG_TOP_K: whole(5, 0, 50).describe('knowledge: facts a search gives at most'),
  RAG_MAX_TOKENS: whole(600, 0, 20_000).describe('knowledge: tokens those facts have at most, as estimated'),
  RAG_MAX_BYTES: whole(4000, 0, 60_000).describe('knowledge: bytes those facts have at most'),
  TOOL_ALLOWED_HOSTS: z
    .string()
    .regex(hostList, 'host or host:port, comma separated; no scheme, no path, no wildcard')
    .default('')
    .describe('hosts the tools of agents may call, host or host:port, comma separated; empty: none'),
  TOOL_SECRETS_FILE: text().describe(
    'JSON object of secrets that headers of tools may name; empty: there are none',
  ),

  AUDIT_SPILL_DIR: text('.data/spill').describe(
    'folder on a local disk in which a worker keeps evidence until the recorder has stored it',
  ),
  AUDIT_SPILL_MAX_BYTES: whole(1_073_741_824, 1_048_576, Number.MAX_SAFE_INTEGER).describe(
    'size of that folder from which on this host takes no new calls; an alarm comes at 70 %',
  ),
  AUDIT_MASTER_KEY: z
    .string()
    .regex(/^$|^[A-Za-z0-9+/]{43}=$/, '32 bytes in base64: openssl rand -base64 32')
    .default('')
    .describe(
      'encrypts the keys of what callers say, 32 bytes in base64, the same on every worker and recorder; empty: a key in LOCAL_KEY_DIR, for one host only',
    ),
  IDENTITY_SECRET: z
    .string()
    .regex(/^$|^.{16,}$/, 'at least 16 characters, the same on every worker')
    .default('')
    .describe(
      'makes ids of callers that tell nothing of their fingerprints; changing it makes every caller a new one; empty: as for AUDIT_MASTER_KEY',
    ),
  LOCAL_KEY_DIR: text('.data/keys').describe('folder of the keys that are made where none is given'),

  AUDIT_DIR: text('.data/audit').describe('folder in which recorders of one host keep the audit trail'),
  AUDIT_DATABASE_URL: z
    .string()
    .regex(/^$|^postgres(ql)?:\/\//, 'must begin with postgres://')
    .default('')
    .describe(
      'PostgreSQL that keeps the audit trail instead, for recorders of several hosts: postgres://user:password@host/database',
    ),
  AUDIT_SEGMENT_BYTES: whole(67_108_864, 65_536, 4_294_967_296).describe(
    'size from which on a file of the audit trail is followed by another',
  ),
  AUDIT_SEAL_PERIOD_MS: whole(60_000, 100, 86_400_000).describe('how often the audit trail is sealed'),
  AUDIT_SIGNING_KEY: z
    .string()
    .regex(
      /^$|^[A-Za-z0-9+/]{43}=$|-----BEGIN PRIVATE KEY-----/,
      'an Ed25519 key: PEM, or its 32 bytes in base64',
    )
    .default('')
    .describe(
      'Ed25519 key that signs the seals: openssl genpkey -algorithm ed25519, or 32 bytes in base64; empty: a key in LOCAL_KEY_DIR, for one host only',
    ),
  AUDIT_CHECKPOINT_DIR: text().describe('folder, best on another host, that gets a copy of every seal'),
  AUDIT_CHECKPOINT_URL: z
    .union([z.literal(''), z.url({ protocol: /^https?$/ })])
    .default('')
    .describe('address to which every seal is sent (POST)'),

  STORE_RAW_AUDIO: flag(false).describe(
    'both voices of every call are kept, encrypted with the key of its caller; `npm run audit -- export --format wav`',
  ),
  RECORD_CALLS: flag(false).describe(
    'all that reaches a call from outside is kept likewise, its voices too, so that it can be played again: `npm run audit -- replay`',
  ),
  RECORDING_DIR: text('.data/recordings').describe(
    'folder on a local disk in which a worker keeps recordings until a recorder of the same host has stored them',
  ),
  RECORDING_MAX_BYTES: whole(268_435_456, 65_536, 4_294_967_296).describe(
    'size at which the recording of one call ends; the call goes on',
  ),
  RECORDINGS_KEEP_DAYS: whole(0, 0, 36_500).describe(
    'stored recordings are removed so many days after their call; 0: never',
  ),

  LOG_LEVEL: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'silent'])
    .default('info')
    .describe('least level that is logged'),
});

export type Config = z.infer<typeof variables>;
export type Variable = keyof Config;

/** What it is for, as documents say it. */
export function meaningOf(name: Variable): string {
  return variables.shape[name].description ?? '';
}
