import { connect } from 'node:net';

export interface RedisCounters {
  commands: number;
  bytesIn: number;
  bytesOut: number;
}

const answerLimitMs = 2000;

/** What a Redis has done since it started, from `INFO stats`. */
export async function redisCounters(url: string): Promise<RedisCounters> {
  const { hostname, port } = new URL(url);
  const text = await new Promise<string>((resolve, reject) => {
    const socket = connect({ host: hostname, port: Number(port || 6379) });
    let answer = '';
    socket.setTimeout(answerLimitMs, () => socket.destroy(new Error(`${url} does not answer INFO`)));
    socket.on('data', (data) => {
      answer += data;
    });
    socket.on('end', () => resolve(answer));
    socket.on('error', reject);
    // It ends the connection when it has answered both.
    socket.write('INFO stats\r\nQUIT\r\n');
  });
  return countersIn(text);
}

export function countersIn(info: string): RedisCounters {
  const of = (name: string) => Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(info)?.[1] ?? 0);
  return {
    commands: of('total_commands_processed'),
    bytesIn: of('total_net_input_bytes'),
    bytesOut: of('total_net_output_bytes'),
  };
}
