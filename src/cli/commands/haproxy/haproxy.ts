// haproxy: the group.
import type { GroupSpec } from '../../command-spec.ts'
import { haproxyCheck } from './check.ts'
import { haproxyConfig } from './config.ts'
import { haproxyVersion } from './version.ts'

export const haproxy: GroupSpec = {
  name: 'haproxy',
  summary: 'The HAProxy that serves: its configuration and version',
  entries: [haproxyConfig, haproxyCheck, haproxyVersion],
}
