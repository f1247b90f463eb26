// A drill by the AWS SDK for JavaScript: node recovery.mjs FOLDER, the folder that holds node_modules/@aws-sdk/client-drs.
//
// Copyright (c) 2026, resilience.drs contributors
// GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later
import { createRequire } from "node:module";
import { resolve } from "node:path";

const sdk = createRequire(resolve(process.argv[2], "index.js"))("@aws-sdk/client-drs");
const drs = new sdk.DrsClient({});
const ask = (name, input = {}) => drs.send(new sdk[`${name}Command`](input));

async function pass(seconds) {
  const body = JSON.stringify({ advance: seconds });
  await fetch(`${process.env.AWS_ENDPOINT_URL}/_sim/clock`, { method: "POST", body });
}

const { items: servers } = await ask("DescribeSourceServers");
const sourceServers = servers.map(({ sourceServerID }) => ({ sourceServerID }));
const { job } = await ask("StartRecovery", { sourceServers, isDrill: true });
await pass(3600);
const { items: [done] } = await ask("DescribeJobs", { filters: { jobIDs: [job.jobID] } });
if (!done.participatingServers.every(({ launchStatus }) => launchStatus === "LAUNCHED")) throw new Error(JSON.stringify(done));
const { items: instances } = await ask("DescribeRecoveryInstances");
await ask("TerminateRecoveryInstances", { recoveryInstanceIDs: instances.map((one) => one.recoveryInstanceID) });
await pass(3600);
const { items: left } = await ask("DescribeRecoveryInstances");
if (left.length) throw new Error(`${left.length} recovery instances are left`);
if (sdk.CreateRecoveryPlanCommand) await ask("CreateRecoveryPlan", { name: "from JavaScript" });
