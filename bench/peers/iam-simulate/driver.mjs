// Answers the scenarios of a file with iam-simulate, and says how long one decision takes.
import { readFileSync } from 'node:fs';
import { runUnsafeSimulation } from '@cloud-copilot/iam-simulate';

const policy = ({ name, document }) => ({ name, policy: document });
const simulations = readFileSync(process.argv[2], 'utf8')
  .split('\n')
  .filter((line) => line.length > 0)
  .map((line) => JSON.parse(line))
  .map((scenario) => ({
    request: {
      action: scenario.request.action,
      resource: { resource: scenario.request.resource, accountId: scenario.request.resourceAccount },
      principal: scenario.request.principal,
      contextVariables: scenario.request.context,
    },
    identityPolicies: scenario.identityPolicies.map(policy),
    serviceControlPolicies: scenario.serviceControlPolicies.map((level, number) => ({
      orgIdentifier: `level-${number}`,
      policies: level.map(policy),
    })),
    resourceControlPolicies: [],
  }));

const decide = async (simulation) => await runUnsafeSimulation(simulation, {});
const answers = [];
for (const simulation of simulations) {
  const answer = await decide(simulation);
  answers.push(answer.overallResult ?? answer.result ?? answer.analysis?.result ?? answer);
}
for (let round = 0; round < 20; round++) {
  for (const simulation of simulations) await decide(simulation);
}
const rounds = 60;
const started = process.hrtime.bigint();
for (let round = 0; round < rounds; round++) {
  for (const simulation of simulations) await decide(simulation);
}
const nanoseconds = Number(process.hrtime.bigint() - started) / (rounds * simulations.length);
const manifest = new URL('./node_modules/@cloud-copilot/iam-simulate/package.json', import.meta.url);
const { version } = JSON.parse(readFileSync(manifest, 'utf8'));
console.log(JSON.stringify({ version, nanoseconds, answers }));
