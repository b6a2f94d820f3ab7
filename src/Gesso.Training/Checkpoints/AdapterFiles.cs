namespace Gesso.Training.Checkpoints;

/// <summary>
/// Names of the adapters of a run, which tell what they are: <c>NAME.safetensors</c> the last, <c>NAME-best.safetensors</c> the chosen one,
/// <c>NAME-step00000200.safetensors</c> the ladder.
/// </summary>
/// <param name="folder">Of the run.</param>
/// <param name="name">Of the run.</param>
internal sealed class AdapterFiles(string folder, string name)
{
    private const string Step = "-step";

    public string Last => Path.Combine(folder, name + ".safetensors");

    public string Best => Path.Combine(folder, name + "-best.safetensors");

    public string State => Path.Combine(folder, name + "-state.safetensors");

    public string Log => Path.Combine(folder, name + "-log.jsonl");

    public string Report => Path.Combine(folder, name + "-report.html");

    public string Samples => Path.Combine(folder, "samples");

    public string OfStep(int step) => Path.Combine(folder, $"{name}{Step}{step:D8}.safetensors");

    /// <summary>The same adapter in diffusers' names.</summary>
    public static string TwinOf(string adapter) => Path.ChangeExtension(adapter, ".diffusers.safetensors");

    public string Preview(int step, int prompt) => Path.Combine(Samples, $"{name}-{step:D8}-{prompt + 1:D2}.png");

    /// <summary>Removes adapters between those that stay, so that at most so many are left and they are evenly spread.</summary>
    public void Thin(int most)
    {
        var rungs = Directory.EnumerateFiles(folder, name + Step + "*.safetensors")
            .Select(f => (File: f, Step: StepOf(f))).Where(f => f.Step is not null).OrderBy(f => f.Step).ToList();
        while (rungs.Count > most)
        {
            // the rung whose neighbours are nearest to each other is missed least; the first and the last stay as long as there are others
            int at = rungs.Count <= 2 ? 0 : Enumerable.Range(1, rungs.Count - 2).MinBy(i => rungs[i + 1].Step - rungs[i - 1].Step);
            File.Delete(rungs[at].File);
            File.Delete(TwinOf(rungs[at].File));
            rungs.RemoveAt(at);
        }
    }

    private int? StepOf(string file)
    {
        string number = Path.GetFileNameWithoutExtension(file)[(name.Length + Step.Length)..];
        return number.Length == 8 && int.TryParse(number, out int step) ? step : null;
    }
}
