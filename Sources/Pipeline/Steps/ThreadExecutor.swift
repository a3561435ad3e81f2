internal import Records

/// Does steps over rows block by block and groups part by part, on the threads of this process.
struct ThreadExecutor: StepExecutor {
    /// The one shard that is worked on; nil for all.
    var shard: Int?

    func fold(
        _ task: StepTask, _ context: StageContext, _ summary: any StepSummary
    ) async throws(Fault) {
        let reader = try context.reader(shard: shard)
        let reads = context.linesRead
        let body = try await task.begin(context)
        try await context.ordered { () throws(Fault) in
            try reader.next()
        } work: { (raw: BlockReader.RawBlock) async throws(Fault) in
            let block = try raw.block(notes: reads)
            return (block.rows.count, try await body.run(block).part)
        } take: { (rows, part) throws(Fault) in
            try summary.merge(part)
            context.progress.add(rows)
        }
    }

    func map(
        _ task: StepTask, _ context: StageContext, into writer: any RowWriter,
        _ summary: any StepSummary
    ) async throws(Fault) {
        let reader = try context.reader(shard: shard)
        let (reads, own, carried) = (context.linesRead, context.ownLines, context.carriedLines)
        let taken = try await context.takenIdentifiers()
        let body = try await task.begin(context)
        do throws(Fault) {
            try await context.ordered { () throws(Fault) in
                try reader.next()
            } work: { (raw: BlockReader.RawBlock) async throws(Fault) in
                let block = try raw.block(notes: reads)
                let (result, part) = try await body.run(block)
                guard let result else { throw StepValues.mismatch }
                let encoded = EncodedBlock(
                    result, of: raw, rows: block.rows, own: own, carried: carried, taken: taken)
                return (encoded, part)
            } take: { (block: EncodedBlock, part: any Sendable) throws(Fault) in
                try writer.append(block)
                try summary.merge(part)
                context.progress.add(block.counts.input)
            }
        } catch {
            await body.end(nil)
            throw error
        }
        await body.end(summary.value)
    }

    func group(
        _ task: GroupTask, _ context: StageContext, _ results: any GroupResults
    ) async throws(Fault) {
        var parts = task.rows.parts[...]
        try await context.ordered {
            parts.popFirst()
        } work: { [step = task.step] (part: KeyedRows.Part) throws(Fault) in
            try step.reduce(part)
        } take: { (found: any Sendable) throws(Fault) in
            try results.append(found)
        }
    }
}
