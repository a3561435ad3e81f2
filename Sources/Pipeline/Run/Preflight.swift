public import Records
internal import StoreProtocols

/// What would end a run later and can be known before it, all of it at once and without a network.
public enum Preflight {
    /// Why stages could not ask their model now, a missing key say: no fault of the pipeline's,
    /// since a stage that is reused asks nobody.
    public static func unready(_ plan: PipelinePlan) -> [Fault] {
        unready(plan.steps) { _ in true }
    }

    /// What the stages warn of, each thing once, with the first of the stages that do.
    public static func warnings(_ plan: PipelinePlan) -> [Fault] { warnings(plan.steps) }

    static func warnings(_ steps: [PipelinePlan.Step]) -> [Fault] {
        var faults: [Fault] = []
        for step in steps {
            for fault in step.stage.warnings { note(fault, step, in: &faults) }
        }
        return faults
    }

    /// Files, models and prompts that are missing or cannot be read.
    public static func faults(_ plan: PipelinePlan) -> [Fault] { faults(plan.steps) }

    static func faults(_ steps: [PipelinePlan.Step]) -> [Fault] {
        var faults: [Fault] = []
        for step in steps {
            do throws(Fault) {
                _ = try step.stage.dependencies()
            } catch {
                for fault in error.all { note(fault, step, in: &faults) }
            }
        }
        // Then the files that are missed may be our own, and this says why.
        if !faults.isEmpty {
            do throws(Fault) { _ = try ResourceFolder.required() } catch { faults.append(error) }
        }
        return faults
    }

    /// Each reason once, with the first of the stages that have it.
    ///
    /// - Parameter asks: Whether the stage of that number, from 0, would ask its model.
    static func unready(_ steps: [PipelinePlan.Step], asks: (Int) -> Bool) -> [Fault] {
        var faults: [Fault] = []
        for (index, step) in steps.enumerated() {
            if let fault = step.stage.unready, asks(index) { note(fault, step, in: &faults) }
        }
        return faults
    }

    private static func note(_ fault: Fault, _ step: PipelinePlan.Step, in list: inout [Fault]) {
        var fault = fault
        let isKnown = list.contains { known in
            known.what == fault.what && (fault.place == nil || known.place == fault.place)
        }
        if isKnown { return }
        if fault.place == nil { fault.place = .stage(step.entry.name) }
        list.append(fault)
    }
}

extension Runner {
    /// Ends a run that would fail later, before its first stage begins.
    ///
    /// What a stage needs to ask is a fault where the stage will surely run; where it may yet be
    /// reused, for a stage before it runs first, it is a warning.
    func check(from first: Int?, to last: Int) throws(Fault) {
        let steps = Array(plan.steps[...last])
        var faults = Preflight.faults(steps)
        if steps.contains(where: { $0.stage.unready != nil }) {
            let states = states(of: steps, from: first)
            let sure = Preflight.unready(steps) {
                states[$0] != .waiting && states[$0] != .reusable
            }
            let perhaps = Preflight.unready(steps) { states[$0] == .waiting }
            faults += sure
            for fault in perhaps where !sure.contains(where: { $0.what == fault.what }) {
                observe(.warning(fault))
            }
        }
        if let fault = Fault.combined(faults) { throw fault }
        Preflight.warnings(steps).forEach { observe(.warning($0)) }
    }

    /// Asks every provider that this run needs whether it is there.
    ///
    /// - Throws: When a stage that will surely run needs one that does not answer: with nothing
    ///   stored to go on with and nobody in its place. Otherwise that is a warning.
    func greet(from first: Int?, to last: Int) async throws(Fault) {
        let steps = Array(plan.steps[...last])
        guard steps.contains(where: \.stage.usesProvider) else { return }
        let states = states(of: steps, from: first)
        let context = RunContext(services: services) { [observe] in observe(.notice($0)) }
        var forecast: Forecast?
        var seen: [String] = []
        for (index, step) in steps.enumerated()
        where step.stage.usesProvider && states[index] != .reusable {
            let greeting = await step.stage.greet(context)
            guard var fault = greeting.fault else { continue }
            if fault.place == nil { fault.place = .stage(step.entry.name) }
            // What is stored is looked up only now, since it takes a look at all rows.
            if forecast == nil {
                forecast = try? Forecast(
                    plan, in: workspace, answers: stores.answers, checksFiles: false)
            }
            let isSure = states[index] != .waiting && !greeting.hasSubstitute
            if isSure, forecast?.needsCalls(of: step.entry.name) ?? true { throw fault }
            if seen.contains(fault.what) { continue }
            seen.append(fault.what)
            observe(.warning(fault))
        }
    }

    /// What this run would do with every stage.
    private func states(
        of steps: [PipelinePlan.Step], from first: Int?
    ) -> [StagePreview.State] {
        let part = PipelinePlan(file: plan.file, steps: steps)
        // What keeps the stages from being compared is a fault of its own.
        let previews = try? StagePreview.of(part, in: workspace)
        return steps.indices.map { index in
            let isForced = options.resume == .never || first.map { index >= $0 } ?? false
            let folder = workspace.folder(of: steps[index])
            if isForced || Manifest.read(folder: folder) == nil { return .missing }
            return previews?[index].state ?? .waiting
        }
    }
}
