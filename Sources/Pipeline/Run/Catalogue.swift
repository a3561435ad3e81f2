public import Records

/// The stages that a pipeline file may name.
public struct Catalogue: Sendable {
    public let stages: [any Stage.Type]

    public init(_ stages: [any Stage.Type]) { self.stages = stages }

    public var names: [String] { stages.map { $0.description.name } }

    public subscript(name: String) -> (any Stage.Type)? {
        stages.first { $0.description.name == name }
    }

    /// The steps of a stage with its default settings, in their order.
    ///
    /// - Throws: As the stage's own `steps`.
    public func steps(of name: String) throws(Fault) -> [(kind: String, name: String)] {
        guard let type = self[name] else { return [] }
        var graph = StepGraph()
        let setup = StageSetup(stage: name, pipeline: name)
        try type.init(SettingsReader.documenting(), setup).steps(&graph)
        return graph.outline
    }

    /// The settings that a stage declares, with their defaults, ranges and help.
    public func declarations(of name: String) -> [SettingsReader.Declaration] {
        guard let type = self[name] else { return [] }
        let reader = SettingsReader.documenting()
        _ = type.init(reader, StageSetup(stage: name, pipeline: name))
        return reader.declarations
    }
}
