public import Records

/// What a stage heard from its provider before the run.
public struct Greeting: Sendable {
    /// Why the stage could not do its work now; nil when nothing is known to be wrong.
    public var fault: Fault?
    /// Whether the stage can do without its provider, so that the fault is only a warning.
    public var hasSubstitute: Bool

    public init(_ fault: Fault? = nil, hasSubstitute: Bool = false) {
        self.fault = fault
        self.hasSubstitute = hasSubstitute
    }
}

/// What the stages of a run have in common, before any of them works.
public struct RunContext: Sendable {
    let services: RunServices
    /// Tells the user a sentence.
    public let notice: @Sendable (String) -> Void

    /// The base URL of a service that runs beside this run; nil when there is none of that name.
    public func endpoint(named name: String) -> String? { services.endpoints[name] }

    /// Something that all stages of a run share, made by the first that asks for it; the same that
    /// ``StageContext/shared(_:_:)`` gives.
    ///
    /// - Throws: What `make` throws.
    public func shared<Value: Sendable>(
        _ key: String, _ make: () throws(Fault) -> Value
    ) throws(Fault) -> Value {
        try services.value(key, make)
    }
}
