// haproxy: the group.
import type { GroupSpec } from '../../command-spec.ts'
import { haproxyCheck } from './check.ts'
import { haproxyConfig } from './config.ts'
import { haproxyStatus } from './status.ts'
import { haproxyVersion } from './version.ts'

export const haproxy: GroupSpec = {
  name: 'haproxy',
  summary: 'The HAProxy that serves: its state, configuration and version',
  entries: [haproxyStatus, haproxyConfig, haproxyCheck, haproxyVersion],
}
