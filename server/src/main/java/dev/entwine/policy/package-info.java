/**
 * Makes the policies of the configuration for the tables as they are. In: rules, catalogs. Out: a {@link dev.entwine.merge.Policy} for
 * each table, or the problems with file and line. Users' expressions and handlers are compiled, found and called here. Start reading at
 * {@link dev.entwine.policy.PolicySet}.
 */
@NullMarked
package dev.entwine.policy;

import org.jspecify.annotations.NullMarked;
