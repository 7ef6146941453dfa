// Each provider before its stand-in.
import { createCloudflareProvider } from '../../src/dns/cloudflare.ts'
import { createDigitalOceanProvider } from '../../src/dns/digitalocean.ts'
import { createHetznerProvider } from '../../src/dns/hetzner.ts'
import { createPowerDnsProvider } from '../../src/dns/powerdns.ts'
import type { DnsProvider } from '../../src/dns/provider.ts'
import type { AwaitText } from '../../src/dns/record-store.ts'
import { createRoute53Provider } from '../../src/dns/route53/route53.ts'
import { FakeCloudflare } from '../fakes/fake-cloudflare.ts'
import { FakeDigitalOcean } from '../fakes/fake-digitalocean.ts'
import { type FakeDnsApi, SECRET, ZONES } from '../fakes/fake-dns-api.ts'
import { FakeHetzner } from '../fakes/fake-hetzner.ts'
import { FakePowerDns } from '../fakes/fake-powerdns.ts'
import { ACCESS_KEY_ID, FakeRoute53 } from '../fakes/fake-route53.ts'
import type { Overrides, Stand } from './provider-contract.ts'

export type FakeStand<Fake extends FakeDnsApi> = Stand & { readonly api: Fake }

type Opening = { readonly zones: readonly string[]; readonly secret: string; readonly awaitText: AwaitText }

async function stand<Fake extends FakeDnsApi>(
  fake: Fake,
  make: (url: string, opening: Opening) => DnsProvider,
): Promise<FakeStand<Fake>> {
  const api = await fake.start()
  return {
    api,
    open({ zones = ZONES, secret = SECRET }: Overrides = {}) {
      const awaited: string[] = []
      const awaitText: AwaitText = async (name, value) => void awaited.push(`${name} ${value}`)
      return { provider: make(api.url, { zones, secret, awaitText }), awaited }
    },
    add: (name, type, value, ttl) => api.add(name, type, value, ttl),
    records: () =>
      api
        .records()
        .map(({ name, type, value }) => `${name} ${type} ${value}`)
        .sort(),
  }
}

export const standAtCloudflare = () =>
  stand(new FakeCloudflare(), (url, { secret: token, ...rest }) =>
    createCloudflareProvider({ ...rest, token, endpoint: `${url}/client/v4` }),
  )

export const standAtDigitalOcean = () =>
  stand(new FakeDigitalOcean(), (url, { secret: token, ...rest }) =>
    createDigitalOceanProvider({ ...rest, token, endpoint: `${url}/v2/` }),
  )

export const standAtHetzner = () =>
  stand(new FakeHetzner(), (url, { secret: token, ...rest }) =>
    createHetznerProvider({ ...rest, token, endpoint: `${url}/v1` }),
  )

export const standAtPowerDns = () =>
  stand(new FakePowerDns(), (url, { secret: apiKey, ...rest }) => createPowerDnsProvider({ ...rest, apiKey, url }))

export const standAtRoute53 = () =>
  stand(new FakeRoute53(), (url, { secret, ...rest }) =>
    createRoute53Provider({ ...rest, accessKeyId: ACCESS_KEY_ID, secretAccessKey: secret, endpoint: url }),
  )
