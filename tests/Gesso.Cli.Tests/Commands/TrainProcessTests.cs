using System.Globalization;
using Gesso.Diffusion.Imaging;
using Gesso.Formats;
using Gesso.Testing;

namespace Gesso.Cli.Tests.Commands;

/// <summary>A tiny model, pictures, and the adapters of a run that nothing happened to.</summary>
public sealed class UninterruptedTraining : IAsyncLifetime
{
    public const int Steps = 40;

    private readonly TestFolder _folder = new();

    public string Output => _folder.At("whole");

    public string[] Arguments(string output) =>
    [
        "--model", _folder.At("model"), "--images", _folder.At("pictures"), "--trigger", "brnd", "--out", output, "--steps", $"{Steps}", "--rank", "2", "--size", "32",
        "--text-length", "16", "--preview-prompt", "brnd, noise --s 2", "--device", "cpu", "--threads", "1",
    ];

    public async ValueTask InitializeAsync()
    {
        if (!OperatingSystem.IsLinux())
            return;
        new TinyModel().WriteFolder(_folder.At("model"));
        Directory.CreateDirectory(_folder.At("pictures"));
        for (int i = 0; i < 3; i++)
        {
            File.WriteAllBytes(_folder.At("pictures", $"{i}.png"), ImageFiles.EncodePng(Pictures.Noise(40, 40, 3, i)));
            File.WriteAllText(_folder.At("pictures", $"{i}.txt"), $"noise {i}");
        }
        using var run = TrainProcess.Start(Arguments(Output));
        Assert.True(await run.EndAsync() == ExitCodes.Ok, run.Error);
        Assert.Equal(Enumerable.Range(1, Steps), run.Steps);
    }

    public ValueTask DisposeAsync()
    {
        _folder.Dispose();
        return ValueTask.CompletedTask;
    }
}

/// <summary>What a user does to a running program: Ctrl-C, the same command again, a disk that runs full. The bits at the end are those of a run that nothing happened to.</summary>
public sealed class TrainProcessTests : IClassFixture<UninterruptedTraining>, IDisposable
{
    private const int Steps = UninterruptedTraining.Steps;

    private readonly UninterruptedTraining _whole;
    private readonly TemporaryFolder _folder = new();

    public TrainProcessTests(UninterruptedTraining whole)
    {
        _whole = whole;
        Assert.SkipUnless(OperatingSystem.IsLinux(), "signals and limits of Linux");
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Complaint02_ctrl_c_saves_and_the_same_command_goes_on_to_the_same_bits()
    {
        string stopped = _folder.File("stopped");
        int done;
        using (var run = TrainProcess.Start(_whole.Arguments(stopped)))
        {
            Assert.True(await run.ReachAsync(5), run.Error);
            await run.SendAsync("INT");
            Assert.Equal(ExitCodes.Cancelled, await run.EndAsync());
            done = run.Steps.Last();
            Assert.True(done < Steps, "the run was over before the signal");
            Assert.Contains($"Stopped at step {done} of {Steps}, saved in {stopped}. The same command goes on from there.", run.Notes);
            Assert.DoesNotContain(run.Events, e => TrainProcess.Kind(e) == "done");
        }

        using var again = TrainProcess.Start(_whole.Arguments(stopped));

        Assert.True(await again.EndAsync() == ExitCodes.Ok, again.Error);
        Assert.Equal(Enumerable.Range(done + 1, Steps - done), again.Steps);
        AssertSameAdapters(_whole.Output, stopped);
    }

    [Fact]
    public async Task Complaint04_a_disk_that_runs_full_while_saving_is_no_success_and_loses_nothing()
    {
        using var disk = SmallDisk.OrSkip(16);
        string output = Path.Combine(disk.Path, "out"), state = Path.Combine(output, "brnd-state.safetensors");
        string filler;
        using (var run = TrainProcess.Start(_whole.Arguments(output)))
        {
            // the first state is saved with the fourth step
            Assert.True(await run.ReachAsync(4), run.Error);
            await run.SendAsync("STOP");
            filler = disk.Fill();
            await run.SendAsync("CONT");
            await AssertFailedAsync(run, output);
        }
        Assert.True(StepOf(state) is >= 4 and < Steps);
        File.Delete(filler);

        using var again = TrainProcess.Start(_whole.Arguments(output));

        Assert.True(await again.EndAsync() == ExitCodes.Ok, again.Error);
        AssertSameAdapters(_whole.Output, output);
    }

    [Fact]
    public async Task A_state_that_cannot_be_written_whole_leaves_the_former_one()
    {
        string output = _folder.File("limited"), state = Path.Combine(output, "brnd-state.safetensors");
        using (var run = TrainProcess.Start(_whole.Arguments(output)))
        {
            Assert.True(await run.ReachAsync(5), run.Error);
            await run.SendAsync("INT");
            Assert.Equal(ExitCodes.Cancelled, await run.EndAsync());
        }
        byte[] former = File.ReadAllBytes(state);
        using (var run = TrainProcess.Start(_whole.Arguments(output), largestFile: former.Length / 1024 - 8))
            await AssertFailedAsync(run, output);
        Assert.Equal(former, File.ReadAllBytes(state));

        using var again = TrainProcess.Start(_whole.Arguments(output));

        Assert.True(await again.EndAsync() == ExitCodes.Ok, again.Error);
        AssertSameAdapters(_whole.Output, output);
    }

    private static async Task AssertFailedAsync(TrainProcess run, string output)
    {
        int code = await run.EndAsync();
        Assert.True(code == ExitCodes.Unavailable, $"exit code {code}: {run.Error}");
        Assert.StartsWith("gesso: ", run.Error.Trim(), StringComparison.Ordinal);
        Assert.DoesNotContain("inside Gesso", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain(run.Events, e => TrainProcess.Kind(e) == "done");
        Assert.False(File.Exists(Path.Combine(output, "brnd.safetensors")));
        string[] half = [.. Directory.EnumerateFiles(output, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0 }).Where(f => Path.GetFileName(f)[0] == '.')];
        Assert.Empty(half);
        // what is there is whole
        foreach (string file in Directory.EnumerateFiles(output, "*.safetensors", SearchOption.AllDirectories))
        {
            using var opened = TensorFiles.Open(file);
            Assert.NotEmpty(opened.Tensors);
        }
    }

    /// <summary>Every byte of every tensor, and all that is said but when.</summary>
    private static void AssertSameAdapters(string expected, string actual)
    {
        foreach (string name in (string[])["brnd.safetensors", "brnd-best.safetensors"])
        {
            using ITensorFile one = TensorFiles.Open(Path.Combine(expected, name)), other = TensorFiles.Open(Path.Combine(actual, name));
            Assert.Equal(one.Tensors.Keys.Order(StringComparer.Ordinal), other.Tensors.Keys.Order(StringComparer.Ordinal));
            Assert.All(one.Tensors.Values, t => Assert.True(one.Bytes(t).SequenceEqual(other.Bytes(other.Tensors[t.Name])), $"{name}: {t.Name}"));
            Assert.Equal(Timeless(one), Timeless(other));
        }
    }

    private static IEnumerable<KeyValuePair<string, string>> Timeless(ITensorFile file) => file.Metadata
        .Where(m => m.Key is not ("ss_training_started_at" or "ss_training_finished_at" or "modelspec.date")).OrderBy(m => m.Key, StringComparer.Ordinal);

    private static int StepOf(string state)
    {
        using var file = TensorFiles.Open(state);
        return int.Parse(file.Metadata["step"], CultureInfo.InvariantCulture);
    }
}
