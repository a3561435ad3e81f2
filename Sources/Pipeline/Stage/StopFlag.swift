public import Records
internal import Synchronization

/// Set by a signal or a deadline: the steps look at it between blocks and end in good order.
public final class StopFlag: Sendable {
    private struct State: Sendable {
        var fault: Fault?
        var listeners: [@Sendable (Fault) -> Void] = []
    }

    private let state = Mutex(State())

    public init() {}

    /// The first reason stays.
    public func stop(because reason: String) {
        let fault = Fault(
            .stopped, "the run was stopped", why: reason,
            hint: "the same command continues where it was")
        let listeners = state.withLock { state in
            guard state.fault == nil else { return [@Sendable (Fault) -> Void]() }
            state.fault = fault
            defer { state.listeners = [] }
            return state.listeners
        }
        for listener in listeners { listener(fault) }
    }

    public var isSet: Bool { state.withLock { $0.fault != nil } }

    /// - Throws: A fault of kind `stopped` once the flag is set.
    public func check() throws(Fault) {
        if let fault = state.withLock({ $0.fault }) { throw fault }
    }

    /// Calls `listener` once when the flag is set, at once if it is set already.
    public func whenSet(_ listener: @escaping @Sendable (Fault) -> Void) {
        let fault = state.withLock { state in
            if state.fault == nil { state.listeners.append(listener) }
            return state.fault
        }
        if let fault { listener(fault) }
    }
}
