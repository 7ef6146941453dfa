// Kontena's variables on a service: which of them are options, and how those are called in the tree.

const PREFIX = 'KONTENA_LB_'

/** What is told as options in another way, or is no option. */
const NO_OPTIONS = ['KONTENA_LB_MODE', 'KONTENA_LB_INTERNAL_PORT']

/** Where Kontena listens for a tcp service that does not say. */
export const DEFAULT_EXTERNAL_PORT = '5000'

/** Where Kontena expects a service that does not say. */
export const DEFAULT_INTERNAL_PORT = 80

/** Whether it asks Kontena's load balancer for something. */
export function isKontenaVariable(name: string): boolean {
  return name.startsWith(PREFIX)
}

/** The options by their names in the tree. */
export function readVariables(environment: Iterable<readonly [name: string, value: string]>): Record<string, string> {
  const options: Record<string, string> = {}
  for (const [variable, value] of environment)
    if (isKontenaVariable(variable) && !NO_OPTIONS.includes(variable))
      options[variable.slice(PREFIX.length).toLowerCase()] = value
  return options
}

/** Anything but `http` is tcp, as in Kontena. */
export function readMode(variable: string | undefined): 'http' | 'tcp' {
  return (variable ?? 'http') === 'http' ? 'http' : 'tcp'
}

/** Whether an image, or its variables, make a service a load balancer. */
export function isOfLoadBalancer(image: string, role: string | undefined): boolean {
  return image.includes('kontena/lb') || role === 'lb'
}
