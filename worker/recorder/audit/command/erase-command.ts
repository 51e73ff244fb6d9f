import type { Config } from '@vjj/shared/config.ts';
import { identitySecretHere } from '@vjj/shared/evidence/local-key.ts';
import { createLog } from '@vjj/shared/log.ts';
import { personId } from '../../../src/evidence/person.ts';
import { JobProducer } from '../../../src/queues/job-producer.ts';
import type { AuditStore, Person } from '../store.ts';
import { type Call, isPersonId, Problem } from './call.ts';
import { erasePerson, tenantsOf } from './erase-person.ts';

const answerLimitMs = 10_000;

/** 1: recordings could not be removed, or memory could not be told. */
export async function runErase({ store, config, values, argument }: Call): Promise<number> {
  if (argument === undefined)
    throw new Problem('say whom: erase <person id>, or erase <fingerprint> --tenant <tenant>');
  const log = createLog('audit', 'silent');
  const memory = new JobProducer('memory', { url: config.REDIS_URL, cluster: config.CLUSTER_NAME, log });
  const forget = async (person: Person) => {
    const timeUp = new Promise((_, reject) =>
      setTimeout(reject, answerLimitMs, new Error('Redis does not answer')).unref(),
    );
    await Promise.race([memory.add([{ data: { v: 1, kind: 'forget', ...person } }]), timeUp]);
  };
  let code = 0;
  for (const person of await personsMeant(store, config, argument, values.tenant)) {
    const report = await erasePerson(store, person, forget);
    if (values.json) console.log(JSON.stringify(report));
    else {
      console.log(
        `${report.user} of tenant ${report.tenant}: ${report.keys} keys of ${report.sessions} sessions destroyed`,
      );
      console.log(`  recorded as session ${report.record}`);
    }
    if (report.keys === 0) {
      // No failure: of some only memory is known, and who is erased a second time has none left.
      console.error(
        '  no keys were found; is it the right person, tenant and IDENTITY_SECRET, or were they erased before?',
      );
    }
    if (report.recordings === 'not removed') {
      console.error('  recordings could not be removed, though nobody can play them: run this again');
      code = 1;
    }
    if (report.memory !== 'not queued') continue;
    console.error('  memory could not be told, since Redis does not answer: run this again when it does');
    code = 1;
  }
  await memory.close();
  return code;
}

async function personsMeant(
  store: AuditStore,
  config: Readonly<Config>,
  given: string,
  tenant: string | undefined,
): Promise<Person[]> {
  if (!isPersonId(given)) {
    const of = tenant ?? 'default';
    return [{ tenant: of, user: personId(identitySecretHere(config), of, given, '') }];
  }
  if (tenant !== undefined) return [{ tenant, user: given }];
  const tenants = await tenantsOf(store, given);
  if (tenants.length === 0)
    throw new Problem(`nothing is stored of ${given}; to erase it all the same, name its --tenant`);
  return tenants.map((of) => ({ tenant: of, user: given }));
}
