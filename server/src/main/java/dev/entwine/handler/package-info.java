/**
 * What users implement to decide conflicts themselves, in a jar of their own on the engine's class path. Imports nothing of the
 * engine. Start reading at {@link dev.entwine.handler.ConflictHandler}.
 */
@NullMarked
package dev.entwine.handler;

import org.jspecify.annotations.NullMarked;
