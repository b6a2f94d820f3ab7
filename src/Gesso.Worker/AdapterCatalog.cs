using Gesso.Contracts.Errors;
using Gesso.Diffusion.Adapters;
using Gesso.Engine.Library;
using Gesso.Platform.Jobs;
using Gesso.Platform.Workers;

namespace Gesso.Worker;

/// <summary>
/// The adapters in this worker's folders: which of its models each fits, found from headers without reading weights, and what it says of itself. A file is looked at
/// once, and again when it changes. Any thread may call.
/// </summary>
internal sealed class AdapterCatalog(AdapterLibrary library)
{
    private const int LongestText = 200;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, AdapterModel> _models = [];
    private Dictionary<string, (long Length, DateTime Written, AdapterFacts Facts)> _files = [];

    /// <summary>A model of this worker, by the name that jobs use.</summary>
    public void Add(string model, AdapterModel layers)
    {
        lock (_lock)
        {
            _models[model] = layers;
            _files.Clear();
        }
    }

    /// <summary>What is there now.</summary>
    public IReadOnlyList<AdapterFacts> Look()
    {
        lock (_lock)
        {
            Dictionary<string, (long, DateTime, AdapterFacts)> files = [];
            foreach (var (name, path) in library.List().Where(f => AdapterUse.IsName(f.Name)).Take(AdapterFacts.MostTold))
            {
                FileInfo file = new(path);
                if (!file.Exists)
                    continue;                                                               // gone since the folder was listed
                bool known = _files.TryGetValue(path, out var seen) && seen.Length == file.Length && seen.Written == file.LastWriteTimeUtc;
                files[path] = (file.Length, file.LastWriteTimeUtc, known ? seen.Facts : Describe(name, path));
            }
            _files = files;
            return [.. files.Values.Select(f => f.Item3)];
        }
    }

    /// <summary>The file of a job's adapter.</summary>
    /// <exception cref="GessoException"><c>adapter_not_found</c>, with the name that was probably meant.</exception>
    public string Find(AdapterUse adapter)
    {
        if (AdapterUse.IsName(adapter.Name) && library.Find(adapter.Name) is { } path)
            return path;
        string close = EditDistance.Closest(adapter.Name, library.List().Select(f => f.Name)) is { } near ? $" Did you mean {near}?" : "";
        throw GessoException.Invalid("adapter_not_found", $"There is no adapter \"{adapter.Name}\" on the worker that took the job.{close} GET /api/adapters lists those there are.");
    }

    /// <summary>A message as owners of jobs may read it: where adapters lie on this machine is nobody else's business.</summary>
    public string WithoutFolders(string message) => library.Roots
        .Select(r => Path.TrimEndingDirectorySeparator(r) + Path.DirectorySeparatorChar)
        .Aggregate(message, (text, folder) => text.Replace(folder, "", StringComparison.Ordinal));

    private AdapterFacts Describe(string name, string path)
    {
        try
        {
            using var file = LoraFile.Open(path);
            List<string> fits = [];
            string? problem = null;
            foreach (var (model, layers) in _models)
            {
                try
                {
                    if (LoraPlan.Create(file, layers).WidenedInput is null)
                        fits.Add(model);
                    else
                        problem = $"{name} is a control adapter: it follows a control picture, which jobs cannot name yet.";
                }
                catch (GessoException e)
                {
                    problem = WithoutFolders(e.Message);
                }
            }
            return new AdapterFacts { Name = name, Models = fits, Family = Line(file.Family), Trigger = Line(file.Trigger), Problem = fits.Count == 0 ? problem : null };
        }
        catch (Exception e) when (e is GessoException or IOException or UnauthorizedAccessException)
        {
            return new AdapterFacts { Name = name, Models = [], Problem = WithoutFolders(e.Message) };
        }
    }

    /// <summary>Headers are written by strangers.</summary>
    private static string? Line(string? text)
    {
        if (text is null)
            return null;
        string line = new([.. text.Select(c => char.IsControl(c) ? ' ' : c)]);
        return line.Length <= LongestText ? line : string.Concat(line.AsSpan(0, LongestText), "…");
    }
}
