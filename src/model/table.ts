// Tables that never change: a changed copy shares all the rest with the one before, so a change costs the same in a large one.
import { Map as Table } from 'immutable'

/** From a key to a value. Iterates in no order that means anything: sort where the order shows. */
export { Table }
