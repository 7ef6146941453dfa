// One seed for every property test, so that a build never fails by chance. `SEED=random` goes looking for new counterexamples.
import { configureGlobal } from 'fast-check'

const seed = process.env['SEED'] ?? '20260801'

if (seed !== 'random') configureGlobal({ seed: Number(seed) })
