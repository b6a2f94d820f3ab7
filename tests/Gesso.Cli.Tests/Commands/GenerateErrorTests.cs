using Gesso.Testing;

namespace Gesso.Cli.Tests.Commands;

/// <summary>What a newcomer does wrong ends in one sentence that helps, and leaves no file behind.</summary>
public sealed class GenerateErrorTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string, int, string> Mistakes => new()
    {
        { "generate", ExitCodes.Invalid, "prompt is needed" },
        { "generate apple --model /no/such/model", ExitCodes.Invalid, "/no/such/model" },
        { "generate apple --size 1x1", ExitCodes.Invalid, "too small" },
        { "generate apple --size 10000x10000", ExitCodes.Invalid, "too large" },
        { "generate apple --size big", ExitCodes.Invalid, "WIDTHxHEIGHT" },
        { "generate apple --steps 0", ExitCodes.Invalid, "1 to 1000" },
        { "generate apple --count 0", ExitCodes.Invalid, "1 to 1000" },
        { "generate apple --cfg 0.5", ExitCodes.Invalid, "1 to 100" },
        { "generate apple --seed -1", ExitCodes.Invalid, "Seed" },
        { "generate apple --strength 0.5", ExitCodes.Invalid, "--init-image" },
        { "generate apple --mask missing.png", ExitCodes.Invalid, "missing.png" },
        { "generate apple --sampler magic", ExitCodes.Invalid, "euler" },
        { "generate apple --parity other", ExitCodes.Invalid, "diffusers" },
        { "generate apple --device abacus", ExitCodes.Invalid, "cuda" },
        { "generate apple --axes 1,2", ExitCodes.Invalid, "16,56,56" },
        { "generate apple --from missing.png", ExitCodes.Invalid, "missing.png" },
        { "generate apple --stepz 3", ExitCodes.Usage, "--stepz" },
        { "generate apple --steps many", ExitCodes.Usage, "many" },
    };

    [Theory]
    [MemberData(nameof(Mistakes))]
    public async Task Mistake_ends_in_a_sentence(string line, int code, string says)
    {
        var run = await CliRun.StartAsync([.. line.Split(' '), "--out", _folder.File("a.png")]);
        Assert.Equal(code, run.ExitCode);
        Assert.Contains(says, run.Error);
        Assert.DoesNotContain("   at ", run.Error);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder.Path));
    }

    [Fact]
    public async Task Missing_output_folder_is_told_before_anything_is_drawn()
    {
        var run = await CliRun.StartAsync("generate", "apple", "--out", _folder.File("none/a.png"));
        Assert.Equal(ExitCodes.Unavailable, run.ExitCode);
        Assert.Contains("does not exist", run.Error);
    }

    [Fact]
    public async Task Truncated_model_is_told()
    {
        string model = Directory.EnumerateFiles(Path.Combine(GoldenFolder.Checkout, "models"), "*.safetensors", SearchOption.AllDirectories).First();
        string cut = _folder.File("cut.safetensors");
        byte[] bytes = await File.ReadAllBytesAsync(model, TestContext.Current.CancellationToken);
        await File.WriteAllBytesAsync(cut, bytes[..(bytes.Length / 2)], TestContext.Current.CancellationToken);
        var run = await CliRun.StartAsync("generate", "apple", "--model", cut);
        Assert.Equal(ExitCodes.Invalid, run.ExitCode);
        Assert.Contains(cut, run.Error);
    }

    [Fact]
    public async Task Adapter_given_as_a_model_is_told()
    {
        string? adapter = GoldenFolder.All.Select(f => Path.Combine(f.Root, "lora")).Where(Directory.Exists).SelectMany(Directory.EnumerateFiles).FirstOrDefault();
        Assert.SkipWhen(adapter is null, "no golden folder has an adapter");
        var run = await CliRun.StartAsync("generate", "apple", "--model", adapter);
        Assert.NotEqual(ExitCodes.Ok, run.ExitCode);
        Assert.DoesNotContain("   at ", run.Error);
        Assert.Contains(adapter, run.Error);
    }

    [Fact]
    public async Task Empty_and_very_long_prompts_draw()
    {
        string words = string.Join(' ', Enumerable.Repeat("apple", 5000));
        foreach (string prompt in new[] { "", words })
        {
            string target = _folder.File("p.png");
            var run = await CliRun.StartAsync("generate", prompt, "--steps", "1", "--quiet", "--out", target);
            Assert.Equal((ExitCodes.Ok, ""), (run.ExitCode, run.Error.Contains("   at ", StringComparison.Ordinal) ? run.Error : ""));
            Assert.True(File.Exists(target));
            if (prompt.Length > 0)
                Assert.Contains("longer than", run.Error);
        }
    }

    public void Dispose() => _folder.Dispose();
}
