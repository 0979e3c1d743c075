/**
 * Everything that speaks SQL on our behalf: connections with pinned sessions, quoting, reading the catalog, and the engine's own
 * schema in the user's databases. Holds no state of its own. Start reading at {@link dev.entwine.db.Sessions}.
 */
@NullMarked
package dev.entwine.db;

import org.jspecify.annotations.NullMarked;
