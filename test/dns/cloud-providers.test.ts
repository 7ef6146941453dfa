// Five providers before their stand-ins: each does all that a DNS provider must.
import type { FakeDnsApi } from '../fakes/fake-dns-api.ts'
import { type Abilities, describeProvider, type Stand } from './provider-contract.ts'
import { standAtCloudflare, standAtDigitalOcean, standAtHetzner, standAtPowerDns, standAtRoute53 } from './stand-ins.ts'

const ZONE_LOOKUP =
  /^GET (\/client\/v4\/zones|\/v2\/domains\/[^/]+|\/v1\/zones|\/api\/v1\/servers\/localhost\/zones|\/2013-04-01\/hostedzonesbyname)$/

function apiOf(stand: Stand): FakeDnsApi {
  return (stand as Stand & { api: FakeDnsApi }).api
}

const abilities: Abilities = {
  isClaimExclusive: true,
  setPageSize: (stand, size) => (apiOf(stand).pageSize = size),
  limit: (stand, seconds) => (apiOf(stand).limitSeconds = seconds),
  count: (stand) => ({
    zones: apiOf(stand).asked.filter((request) => ZONE_LOOKUP.test(request)).length,
    writes: apiOf(stand).writes,
  }),
}

describeProvider('Cloudflare', standAtCloudflare, abilities)
describeProvider('DigitalOcean', standAtDigitalOcean, abilities)
describeProvider('Hetzner', standAtHetzner, abilities)
describeProvider('Route 53', standAtRoute53, abilities)
// A PATCH has no conditions: two who claim at once both believe it until they look again.
describeProvider('PowerDNS', standAtPowerDns, { ...abilities, isClaimExclusive: false })
