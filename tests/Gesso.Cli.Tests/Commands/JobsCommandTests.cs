using System.Text.Json;
using Gesso.Testing.Server;

namespace Gesso.Cli.Tests.Commands;

public sealed class JobsCommandTests : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private ServerFixture _server = null!;

    public async ValueTask InitializeAsync() => _server = await ServerFixture.StartAsync();

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Submitted_file_becomes_pictures_in_a_folder()
    {
        string file = Lines("""{"prompt":"an owl","custom_id":"owl"}""", """{"prompt":"a fox","n":2}""");

        var run = await RunAsync("jobs", "submit", file, "--out", _folder.File("pictures"));

        Assert.Equal(ExitCodes.Ok, run.ExitCode);
        string[] saved = run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(3, saved.Length);
        Assert.All(saved, path => Assert.Equal(0x89, File.ReadAllBytes(path)[0]));
        Assert.Contains("2 succeeded", run.Error);
    }

    [Fact]
    public async Task Faulty_lines_are_told_and_the_others_are_queued()
    {
        string file = Lines("""{"prompt":"an owl"}""", """{"prompt":"a fox","steps":0,"custom_id":"fox"}""", "no json");

        var run = await RunAsync("jobs", "submit", file);

        Assert.Equal(ExitCodes.Invalid, run.ExitCode);
        Assert.StartsWith("batch_", run.Output, StringComparison.Ordinal);
        Assert.Contains("line 2 (fox): ", run.Error);
        Assert.Contains("line 3: ", run.Error);
        Assert.Contains("1 queued, 2 refused", run.Error);
        var results = await RunAsync("jobs", "list", "--batch", run.Output.Trim(), "--json");
        Assert.Equal("an owl", Assert.Single(JsonDocument.Parse(results.Output).RootElement.EnumerateArray()).GetProperty("prompt").GetString());
    }

    [Fact]
    public async Task Waiting_prints_what_became_of_each_line()
    {
        var run = await RunAsync("jobs", "submit", Lines("""{"prompt":"an owl","custom_id":"a"}""", """{"prompt":"a fox","custom_id":"b"}"""), "--wait");

        Assert.Equal(ExitCodes.Ok, run.ExitCode);
        var results = run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement).ToList();
        Assert.Equal(["a", "b"], results.Select(result => result.GetProperty("custom_id").GetString()));
        Assert.All(results, result => Assert.Equal("succeeded", result.GetProperty("state").GetString()));
    }

    [Fact]
    public async Task List_is_a_table_and_show_tells_everything()
    {
        await RunAsync("jobs", "submit", Lines("""{"prompt":"an owl\nby \u001b[2Jnight","seed":7,"n":2}"""), "--wait");

        var list = await RunAsync("jobs", "list", "--state", "succeeded");
        string[] rows = list.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(2, rows.Length);
        Assert.Equal(rows[0].IndexOf("PROMPT", StringComparison.Ordinal), rows[1].IndexOf("an owl by  [2Jnight", StringComparison.Ordinal));
        Assert.Contains("2/2", rows[1]);
        Assert.DoesNotContain('\u001b', list.Output);

        string job = rows[1].Split(' ')[0];
        var show = await RunAsync("jobs", "show", job);
        Assert.Matches(@"(?m)^state +succeeded$", show.Output);
        Assert.Matches(@"(?m)^seed +7$", show.Output);
        Assert.Matches($@"(?m)^picture +{job}-1 +\d+x\d+ +seed 8 ", show.Output);
        var json = await RunAsync("jobs", "show", job, "--json");
        Assert.Equal(7, JsonDocument.Parse(json.Output).RootElement.GetProperty("request").GetProperty("seed").GetInt64());
    }

    [Fact]
    public async Task Watch_goes_to_the_end_and_saves_the_picture()
    {
        string job = await QueuedAsync(ServerFixtureOptions.Slow);

        var run = await RunAsync("jobs", "watch", job, "--out", _folder.Path);

        Assert.Equal((ExitCodes.Ok, _folder.File(job + "-0.png")), (run.ExitCode, run.Output.Trim()));
        Assert.True(File.Exists(run.Output.Trim()));
        Assert.Contains("step", run.Error);
        Assert.Contains("done", run.Error);
    }

    [Fact]
    public async Task Watch_speaks_json_lines()
    {
        var run = await RunAsync("jobs", "watch", await QueuedAsync(ServerFixtureOptions.Slow), "--json");

        var notices = run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement).ToList();
        Assert.Equal("state", notices[0].GetProperty("notice").GetString());
        Assert.Contains(notices, notice => notice.GetProperty("notice").GetString() == "progress");
        Assert.Equal("succeeded", notices[^1].GetProperty("now").GetProperty("state").GetString());
    }

    [Fact]
    public async Task Cancelled_job_ends_its_watch_with_an_error()
    {
        string job = await QueuedAsync(ServerFixtureOptions.Endless);

        var cancel = await RunAsync("jobs", "cancel", job);
        var watch = await RunAsync("jobs", "watch", job);

        Assert.Equal((ExitCodes.Ok, $"{job}  cancelled"), (cancel.ExitCode, cancel.Output.Trim()));
        Assert.Equal(ExitCodes.Refused, watch.ExitCode);
        Assert.Contains("cancelled", watch.Error);
    }

    [Fact]
    public async Task Retry_makes_another_job_and_delete_removes_them()
    {
        string first = await QueuedAsync(ServerFixtureOptions.Instant);
        await RunAsync("jobs", "watch", first);

        var retry = await RunAsync("jobs", "retry", first, "--json");
        string second = JsonDocument.Parse(retry.Output).RootElement.GetProperty("id").GetString()!;
        await RunAsync("jobs", "watch", second);
        var delete = await RunAsync("jobs", "delete", first, second);

        Assert.NotEqual(first, second);
        Assert.Equal((ExitCodes.Ok, 2), (delete.ExitCode, delete.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length));
        Assert.Contains("No jobs.", (await RunAsync("jobs", "list")).Error);
        Assert.Equal(ExitCodes.Invalid, (await RunAsync("jobs", "show", first)).ExitCode);
    }

    public static TheoryData<string, int, string> Mistakes => new()
    {
        { "jobs list --state done", ExitCodes.Invalid, "queued" },
        { "jobs list --limit 0", ExitCodes.Invalid, "1 or more" },
        { "jobs submit missing.jsonl", ExitCodes.Invalid, "missing.jsonl" },
        { "jobs show job_unknown", ExitCodes.Invalid, "job_unknown" },
        { "jobs show", ExitCodes.Usage, "job" },
        { "jobs watch job_unknown --preview maybe", ExitCodes.Usage, "maybe" },
    };

    [Theory]
    [MemberData(nameof(Mistakes))]
    public async Task Mistake_ends_in_a_sentence(string line, int code, string says)
    {
        var run = await RunAsync(line.Split(' '));

        Assert.Equal(code, run.ExitCode);
        Assert.Contains(says, run.Error);
        Assert.DoesNotContain("   at ", run.Error);
    }

    [Fact]
    public async Task Server_that_is_not_there_and_key_that_is_wrong_are_told()
    {
        var nobody = await CliRun.StartAsync("jobs", "list", "--server", "http://127.0.0.1:1", "--key", "gsk_x");
        var stranger = await CliRun.StartAsync("jobs", "list", "--server", _server.Url.ToString(), "--key", "gsk_x");
        var nonsense = await CliRun.StartAsync("jobs", "list", "--server", "not an address", "--key", "gsk_x");

        Assert.Equal((ExitCodes.Unavailable, ExitCodes.Refused, ExitCodes.Invalid), (nobody.ExitCode, stranger.ExitCode, nonsense.ExitCode));
        Assert.Contains("gesso serve", nobody.Error);
        Assert.Contains("key", stranger.Error);
    }

    private Task<CliRun> RunAsync(params string[] arguments) => CliRun.StartAsync([.. arguments, "--server", _server.Url.ToString(), "--key", _server.Key]);

    private string Lines(params string[] lines)
    {
        string file = _folder.File("jobs.jsonl");
        File.WriteAllLines(file, lines);
        return file;
    }

    private async Task<string> QueuedAsync(string model)
    {
        var run = await RunAsync("jobs", "submit", Lines($$"""{"prompt":"an owl","model":"{{model}}"}"""), "--json");
        return JsonDocument.Parse(run.Output).RootElement.GetProperty("jobs")[0].GetProperty("id").GetString()!;
    }
}
