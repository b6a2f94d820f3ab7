namespace Gesso.Engine.Library.Hub;

/// <summary>Adds up what parallel downloads did and reports it, one report at a time.</summary>
internal sealed class PullTally(IProgress<PullProgress>? progress)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, (long Done, long? Total)> _files = [];
    private PullStage _stage = PullStage.Listing;
    private int _complete;

    /// <summary>Bytes that came over the network, repeats included.</summary>
    public long Downloaded { get; private set; }

    public void Enter(PullStage stage)
    {
        lock (_gate)
        {
            _stage = stage;
            Report(null);
        }
    }

    public void Expect(IEnumerable<HubFile> files)
    {
        lock (_gate)
        {
            foreach (HubFile file in files)
                _files[file.Path] = (0, file.Size);
        }
    }

    /// <summary><paramref name="done"/> bytes of a file are on the disk; <paramref name="received"/> of them came just now.</summary>
    public void Set(string path, long done, long? total, long received = 0)
    {
        lock (_gate)
        {
            _files[path] = (done, total ?? _files.GetValueOrDefault(path).Total);
            Downloaded += received;
            Report(path);
        }
    }

    public void Complete(string path, long bytes)
    {
        lock (_gate)
        {
            _files[path] = (bytes, bytes);
            _complete++;
            Report(path);
        }
    }

    private void Report(string? path)
    {
        (long done, long? total) = path is null ? (0, null) : _files[path];
        long all = _files.Values.Sum(file => file.Done);
        long expected = _files.Values.Sum(file => file.Total ?? file.Done);
        progress?.Report(new PullProgress(_stage, path, done, total, all, expected, _complete, _files.Count));
    }
}
