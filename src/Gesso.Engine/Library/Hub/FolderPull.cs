namespace Gesso.Engine.Library.Hub;

/// <summary>Brings a set of files into one folder: looks at what is there, makes sure the rest fits, then downloads several at a time.</summary>
internal sealed class FolderPull(
    HubTransport transport, string directory, string what, int parallelism, PullTally tally, DiskRoom room)
{
    /// <returns>In the order of <paramref name="files"/>.</returns>
    public async Task<IReadOnlyList<PulledFile>> RunAsync(IReadOnlyList<HubFile> files, Func<HubFile, Uri> address, CancellationToken cancellation)
    {
        Directory.CreateDirectory(directory);
        tally.Expect(files);
        var pulled = new PulledFile?[files.Count];
        await FindPresentAsync(files, pulled, cancellation);
        RequireSpace(files.Where((_, index) => pulled[index] is null));

        tally.Enter(PullStage.Downloading);
        int[] missing = [.. Enumerable.Range(0, files.Count).Where(index => pulled[index] is null)];
        var together = new ParallelOptions { MaxDegreeOfParallelism = parallelism, CancellationToken = cancellation };
        await Parallel.ForEachAsync(missing, together, async (index, token) =>
        {
            HubFile file = files[index];
            string target = SafePath.Resolve(directory, file.Path);
            pulled[index] = await new FileDownload(transport, file, address(file), what, target, tally, room).RunAsync(token);
        });
        return [.. pulled.Select(file => file!)];
    }

    private async Task FindPresentAsync(IReadOnlyList<HubFile> files, PulledFile?[] pulled, CancellationToken cancellation)
    {
        tally.Enter(PullStage.Checking);
        var present = new PresentFiles(directory, what);
        for (int i = 0; i < files.Count; i++)
        {
            pulled[i] = await present.FindAsync(files[i], cancellation);
            if (pulled[i] is { } found)
                tally.Complete(found.Path, found.Bytes);
        }
    }

    private void RequireSpace(IEnumerable<HubFile> files)
    {
        long needed = 0;
        foreach (HubFile file in files)
        {
            var part = new FileInfo(SafePath.Resolve(directory, file.Path) + ".part");
            needed += Math.Max(0, (file.Size ?? 0) - (part.Exists ? part.Length : 0));
        }
        room.Require(needed);
    }
}
