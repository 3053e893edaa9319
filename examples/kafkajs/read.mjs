// Counts accepted referrals by condition with kafkajs and the CloudEvents SDK, and goes on with every new one.
import { Kafka as CloudEvents } from 'cloudevents';
import { Kafka, logLevel } from 'kafkajs';

const topic = process.env.TOPIC ?? 'patient.events';
const kafka = new Kafka({ brokers: process.env.KAFKA_BOOTSTRAP_SERVERS.split(','), logLevel: logLevel.ERROR });
const consumer = kafka.consumer({ groupId: process.env.GROUP ?? 'my-team' });
const last = new Map();
const conditions = new Map();

function hear({ headers, key, value }) {
  const said = Object.fromEntries(Object.entries(headers).map(([name, text]) => [name, text.toString()]));
  const event = CloudEvents.toEvent({ headers: said, key: key.toString(), value: value.toString() });
  const stream = `${event.source} ${event.subject}`;
  const sequence = BigInt(event.sequence); // padded with zeros in new records, and not in old ones
  if (sequence <= (last.get(stream) ?? 0n)) return console.log('1 repeated');
  last.set(stream, sequence);
  if (event.type !== 'org.carebus.ReferralAccepted') return;
  for (const condition of event.data.conditions) {
    conditions.set(condition, (conditions.get(condition) ?? 0) + 1);
    console.log(condition, conditions.get(condition));
  }
}

process.once('SIGINT', () => consumer.disconnect());
await consumer.connect();
await consumer.subscribe({ topic, fromBeginning: true });
await consumer.run({ eachMessage: async ({ message }) => hear(message) });
