/**
 * The console: a web page, the HTTP API that it uses, metrics and health. It looks at the engine, and acts through a {@link
 * dev.entwine.console.Desk}, which is made of the same parts as the commands. Each request has a virtual thread of its own, and one thread
 * takes a sample of the engine every second. Start reading at {@link dev.entwine.console.Console} and {@code Routes}.
 *
 * <p>What must hold: no request changes anything unless it is a POST or DELETE with the right of an operator, from the page itself or with
 * a token that no browser sends by itself; and no value of a row goes to a viewer.
 */
@NullMarked
package dev.entwine.console;

import org.jspecify.annotations.NullMarked;
