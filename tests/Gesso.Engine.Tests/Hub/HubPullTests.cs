using System.Net;
using System.Text;
using Gesso.Contracts.Errors;
using Gesso.Engine.Library.Hub;

namespace Gesso.Engine.Tests.Hub;

public sealed class HubPullTests : IDisposable
{
    private static readonly string[] s_pipeline =
    [
        "LICENSE.md", "README.md", "model_index.json", "scheduler/scheduler_config.json", "text_encoder/config.json", "text_encoder/model.safetensors",
        "tokenizer/merges.txt", "tokenizer/vocab.json", "transformer/config.json", "transformer/diffusion_pytorch_model-00001-of-00002.safetensors",
        "transformer/diffusion_pytorch_model-00002-of-00002.safetensors", "transformer/diffusion_pytorch_model.safetensors.index.json", "vae/config.json",
        "vae/diffusion_pytorch_model.safetensors",
    ];

    private readonly TemporaryFolder _folder = new();
    private readonly PatienceClock _clock = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Pull_brings_the_pipeline_and_nothing_else()
    {
        StubHub hub = StubHub.Flux();
        var reports = new List<PullProgress>();
        PulledModel model = await PullAsync(hub, progress: new Recorder(reports));

        Assert.Equal(_folder["owner--model"], model.Directory);
        Assert.Equal([".gesso-pull.json", .. s_pipeline], InModel());
        foreach (PulledFile file in model.Files)
        {
            Assert.Equal(hub.Files[file.Path], await File.ReadAllBytesAsync(_folder["owner--model", file.Path], Token));
            Assert.Equal(StubHub.Sha256(hub.Files[file.Path]), file.Sha256);
        }
        Assert.Equal(model.Bytes, model.BytesDownloaded);
        PullProgress last = reports[^1];
        Assert.Equal((PullStage.Done, model.Bytes, model.Bytes, 14, 14), (last.Stage, last.Bytes, last.TotalBytes, last.FilesDone, last.Files));
        Assert.Equal(reports.Select(report => report.Bytes).Order(), reports.Select(report => report.Bytes));
        Assert.Equal([PullStage.Listing, PullStage.Checking, PullStage.Downloading, PullStage.Done], reports.Select(report => report.Stage).Distinct());
    }

    [Fact]
    public async Task Pull_follows_pages_of_the_list_at_the_endpoint_in_use()
    {
        StubHub hub = StubHub.Flux();
        var paged = new StubHub { PageSize = 4, LinkHost = "https://huggingface.co" };
        foreach ((string path, byte[] content) in hub.Files)
            paged.Files[path] = content;
        await PullAsync(paged, new HubOptions { Endpoint = new Uri("https://mirror.example/"), Token = "secret" });
        Assert.Equal([".gesso-pull.json", .. s_pipeline], InModel());
        Assert.All(paged.Requests, seen => Assert.Equal("mirror.example", seen.Uri.Host));
        Assert.Equal(5, paged.Requests.Count(seen => seen.Uri.AbsolutePath.Contains("/tree/", StringComparison.Ordinal)));
        Assert.All(paged.Requests, seen => Assert.Equal("secret", seen.Token));
    }

    [Fact]
    public async Task Pull_pins_the_commit_that_the_hub_names()
    {
        var hub = new StubHub { Commit = "0123456789abcdef" };
        foreach ((string path, byte[] content) in StubHub.Flux().Files)
            hub.Files[path] = content;
        PulledModel model = await PullAsync(hub);
        Assert.Equal("0123456789abcdef", model.Commit);
        Assert.Single(hub.Requests, seen => seen.Uri.AbsolutePath.Contains("/resolve/main/", StringComparison.Ordinal));
        Assert.Equal(14, hub.Requests.Count(seen => seen.Uri.AbsolutePath.Contains("/resolve/0123456789abcdef/", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Pull_goes_on_after_cut_connections()
    {
        byte[] content = StubHub.Bytes(3_000_000, 9);
        using var server = new LoopbackServer(content, 1_200_000, 500_000, 0);
        using var client = new HubClient(new HubOptions(), time: _clock);
        PulledModel model = await client.PullAsync(
            new PullRequest { Source = new Uri(server.Root, "files/tiny.safetensors?signature=x").AbsoluteUri, ModelsRoot = _folder.Path }, null, Token);
        Assert.Equal(["tiny/.gesso-pull.json", "tiny/tiny.safetensors"], _folder.Files);
        Assert.Equal(content, await File.ReadAllBytesAsync(_folder["tiny", "tiny.safetensors"], Token));
        Assert.Equal(StubHub.Sha256(content), Assert.Single(model.Files).Sha256);
        Assert.Equal(4, server.Ranges.Count);
        Assert.Null(server.Ranges[0]);
        Assert.All(server.Ranges.Skip(1), Assert.NotNull);
        Assert.Equal(content.Length, model.BytesDownloaded);
        Assert.DoesNotContain("signature", await File.ReadAllTextAsync(_folder["tiny", ".gesso-pull.json"], Token), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pull_goes_on_where_an_earlier_pull_was_cancelled()
    {
        StubHub hub = StubHub.Flux();
        using var cancel = new CancellationTokenSource();
        const string shard = "transformer/diffusion_pytorch_model-00001-of-00002.safetensors";
        hub.Before = request => request.RequestUri!.AbsolutePath.EndsWith("00001-of-00002.safetensors", StringComparison.Ordinal)
            ? new HttpResponseMessage { Content = new BrokenContent(hub.Files[shard], 40_000, cancel.Cancel) }
            : null;
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => PullAsync(hub, cancellation: cancel.Token));
        string part = _folder["owner--model", "transformer", "diffusion_pytorch_model-00001-of-00002.safetensors.part"];
        Assert.Equal(40_000, new FileInfo(part).Length);
        Assert.False(File.Exists(part[..^5]));

        hub.Before = _ => null;
        hub.Requests.Clear();
        await PullAsync(hub);
        StubHub.Seen again = Assert.Single(hub.Requests, seen => seen.Uri.AbsolutePath.EndsWith("00001-of-00002.safetensors", StringComparison.Ordinal));
        Assert.Equal(40_000, again.Range?.Ranges.Single().From);
        Assert.Equal([".gesso-pull.json", .. s_pipeline], InModel());
        Assert.Equal(hub.Files[shard], await File.ReadAllBytesAsync(part[..^5], Token));
    }

    [Fact]
    public async Task Pull_does_not_continue_a_piece_of_other_content()
    {
        StubHub hub = StubHub.Flux();
        Leave("vae/diffusion_pytorch_model.safetensors", StubHub.Bytes(5_000, 99), sha256: new string('a', 64));
        await PullAsync(hub);
        StubHub.Seen[] seen =
        [
            .. hub.Requests.Where(request => request.Uri.AbsolutePath.EndsWith("vae/diffusion_pytorch_model.safetensors", StringComparison.Ordinal)),
        ];
        Assert.Null(Assert.Single(seen).Range);
    }

    [Fact]
    public async Task Pull_starts_over_once_when_a_piece_found_here_is_damaged()
    {
        StubHub hub = StubHub.Flux();
        byte[] content = hub.Files["vae/diffusion_pytorch_model.safetensors"];
        Leave("vae/diffusion_pytorch_model.safetensors", StubHub.Bytes(5_000, 99), StubHub.Sha256(content));
        await PullAsync(hub);
        Assert.Equal(content, await File.ReadAllBytesAsync(_folder["owner--model", "vae", "diffusion_pytorch_model.safetensors"], Token));
    }

    [Fact]
    public async Task Pull_refuses_a_file_with_the_wrong_hash_and_leaves_no_trace_of_it()
    {
        StubHub hub = StubHub.Flux();
        hub.ClaimedHashes["vae/diffusion_pytorch_model.safetensors"] = new string('b', 64);
        GessoException error = await FailAsync(hub, "hash_mismatch");
        Assert.Contains(new string('b', 64), error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(InModel(), file => file.StartsWith("vae/diffusion_pytorch_model", StringComparison.Ordinal));
        Assert.DoesNotContain(".gesso-pull.json", InModel());
    }

    [Fact]
    public async Task Pull_refuses_a_file_of_another_size_than_listed()
    {
        StubHub hub = StubHub.Flux();
        hub.Before = request => request.RequestUri!.AbsolutePath.EndsWith("vae/config.json", StringComparison.Ordinal)
            ? new HttpResponseMessage { Content = new ByteArrayContent(new byte[77]) }
            : null;
        GessoException error = await FailAsync(hub, "hub_size_mismatch");
        Assert.Contains("vae/config.json: the list says 2 bytes, the server sends 77", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("../evil.safetensors")]
    [InlineData("vae/../../evil.json")]
    [InlineData("/etc/evil")]
    [InlineData("C:/evil.json")]
    [InlineData("vae\\..\\evil.json")]
    [InlineData("vae//evil.json")]
    [InlineData("vae/NUL.json")]
    [InlineData("vae/evil\u001b[2J.json")]
    [InlineData("vae/evil. ")]
    public async Task Pull_refuses_paths_that_leave_the_folder(string path)
    {
        StubHub hub = StubHub.Flux();
        hub.Files[path] = "evil"u8.ToArray();
        GessoException error = await FailAsync(hub, "unsafe_path");
        Assert.DoesNotContain('\e', error.Message);
        Assert.Empty(_folder.Files);
    }

    [Fact]
    public async Task Pull_refuses_component_names_that_leave_the_folder()
    {
        StubHub hub = StubHub.Flux();
        hub.Files["model_index.json"] = Encoding.UTF8.GetBytes("""{ "../../evil": ["diffusers", "X"] }""");
        await FailAsync(hub, "unsafe_path");
    }

    [Fact]
    public async Task Pull_of_a_gated_model_says_where_to_accept_and_what_to_set()
    {
        StubHub hub = StubHub.Flux();
        hub.Before = request => request.RequestUri!.AbsolutePath.Contains("/resolve/", StringComparison.Ordinal)
            ? new HttpResponseMessage(HttpStatusCode.Unauthorized)
            {
                Headers = { { "X-Error-Code", "GatedRepo" }, { "X-Error-Message", "Access is restricted." } },
            }
            : null;
        GessoException anonymous = await FailAsync(hub, "model_gated");
        Assert.Equal(ErrorKind.Refused, anonymous.Kind);
        Assert.Contains("https://huggingface.co/owner/model", anonymous.Message, StringComparison.Ordinal);
        Assert.Contains("HF_TOKEN", anonymous.Message, StringComparison.Ordinal);
        Assert.Contains("Access is restricted.", anonymous.Message, StringComparison.Ordinal);

        GessoException known = await FailAsync(hub, "model_gated", new HubOptions { Token = "hf_secret" });
        Assert.Contains("has not accepted", known.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("hf_secret", known.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(HttpStatusCode.NotFound, "")]
    [InlineData(HttpStatusCode.Unauthorized, "RepoNotFound")]
    public async Task Pull_of_an_unknown_repo_says_so(HttpStatusCode status, string code)
    {
        var hub = new StubHub { Before = _ => new HttpResponseMessage(status) { Headers = { { "X-Error-Code", code } } } };
        GessoException error = await FailAsync(hub, "model_not_found");
        Assert.Contains("owner/model is not at https://huggingface.co", error.Message, StringComparison.Ordinal);
        Assert.Single(hub.Requests);
    }

    [Fact]
    public async Task Pull_waits_as_long_as_the_hub_asks()
    {
        StubHub hub = StubHub.Flux();
        int refusals = 0;
        hub.Before = _ => refusals++ < 2 ? new HttpResponseMessage(HttpStatusCode.TooManyRequests) { Headers = { { "Retry-After", "17" } } } : null;
        await PullAsync(hub);
        Assert.Equal([17, 17], _clock.Waits);
    }

    [Fact]
    public async Task Pull_gives_up_when_the_hub_stays_busy()
    {
        var hub = new StubHub { Before = _ => new HttpResponseMessage(HttpStatusCode.TooManyRequests) { Headers = { { "Retry-After", "20" } } } };
        GessoException error = await FailAsync(hub, "hub_rate_limited");
        Assert.Equal(ErrorKind.Busy, error.Kind);
        Assert.Equal(6, hub.Requests.Count);

        var hour = new StubHub { Before = _ => new HttpResponseMessage(HttpStatusCode.TooManyRequests) { Headers = { { "Retry-After", "3600" } } } };
        Assert.Contains("3600 s", (await FailAsync(hour, "hub_rate_limited")).Message, StringComparison.Ordinal);
        Assert.Single(hour.Requests);
    }

    [Fact]
    public async Task Pull_tries_again_with_growing_waits_when_the_server_fails()
    {
        StubHub hub = StubHub.Flux();
        int failures = 0;
        hub.Before = request => request.RequestUri!.AbsolutePath.EndsWith("vae/config.json", StringComparison.Ordinal) && failures++ < 4
            ? new HttpResponseMessage(HttpStatusCode.ServiceUnavailable)
            : null;
        await PullAsync(hub);
        Assert.Equal([1, 2, 4, 8], _clock.Waits);
    }

    [Fact]
    public async Task Pull_gives_up_on_a_server_that_never_answers()
    {
        using var client = new HubClient(new HubOptions { Attempts = 2, StallTimeout = TimeSpan.FromSeconds(40) }, new SilentHandler(), _clock);
        GessoException error = await Assert.ThrowsAsync<GessoException>(() => client.PullAsync(Request(), null, Token));
        Assert.Equal("hub_unreachable", error.Code);
        Assert.Contains("nothing came for 40 s", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pull_offline_names_the_endpoint_and_does_not_wait()
    {
        var hub = new StubHub { Before = _ => throw new HttpRequestException(HttpRequestError.NameResolutionError, "no such host") };
        GessoException error = await FailAsync(hub, "hub_unreachable", new HubOptions { Endpoint = new Uri("https://mirror.example") });
        Assert.Contains("https://mirror.example cannot be reached", error.Message, StringComparison.Ordinal);
        Assert.Contains("HF_ENDPOINT", error.Message, StringComparison.Ordinal);
        Assert.Single(hub.Requests);
        Assert.Empty(_clock.Waits);

        GessoException forbidden = await FailAsync(StubHub.Flux(), "hub_offline", new HubOptions { Offline = true });
        Assert.Contains("HF_HUB_OFFLINE", forbidden.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pull_refuses_before_the_first_byte_when_the_disk_is_too_small()
    {
        StubHub hub = StubHub.Flux();
        using var client = new HubClient(new HubOptions(), hub, _clock, _ => 64 << 20);
        GessoException error = await Assert.ThrowsAsync<GessoException>(() => client.PullAsync(Request(), null, Token));
        Assert.Equal("disk_full", error.Code);
        Assert.Equal(["model_index.json"], hub.Downloads);
        Assert.Empty(_folder.Files);
    }

    [Fact]
    public async Task Pull_again_brings_only_what_changed()
    {
        StubHub hub = StubHub.Flux();
        await PullAsync(hub);
        hub.Requests.Clear();
        Assert.Equal(0, (await PullAsync(hub)).BytesDownloaded);
        Assert.Equal(["model_index.json"], hub.Downloads);

        await File.WriteAllBytesAsync(_folder["owner--model", "vae", "diffusion_pytorch_model.safetensors"], new byte[20_000], Token);
        File.Delete(_folder["owner--model", "tokenizer", "vocab.json"]);
        Assert.Equal(20_002, (await PullAsync(hub)).BytesDownloaded);
        Assert.Equal([".gesso-pull.json", .. s_pipeline], InModel());
    }

    [Fact]
    public async Task Pull_takes_files_that_were_copied_here_by_hand()
    {
        StubHub hub = StubHub.Flux();
        Directory.CreateDirectory(_folder["owner--model", "vae"]);
        await File.WriteAllBytesAsync(
            _folder["owner--model", "vae", "diffusion_pytorch_model.safetensors"], hub.Files["vae/diffusion_pytorch_model.safetensors"], Token);
        await PullAsync(hub);
        Assert.DoesNotContain("vae/diffusion_pytorch_model.safetensors", hub.Downloads);
    }

    [Fact]
    public async Task Pull_says_when_another_one_is_running()
    {
        Directory.CreateDirectory(_folder["owner--model", "vae"]);
        string part = _folder["owner--model", "vae", "config.json.part"];
        await using var other = new FileStream(part, FileMode.Create, FileAccess.ReadWrite, FileShare.None);
        GessoException error = await FailAsync(StubHub.Flux(), "pull_running");
        Assert.Equal(ErrorKind.Busy, error.Kind);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private PullRequest Request() => new() { Source = StubHub.Repo, ModelsRoot = _folder.Path };

    private async Task<PulledModel> PullAsync(
        StubHub hub, HubOptions? options = null, IProgress<PullProgress>? progress = null, CancellationToken? cancellation = null)
    {
        using var client = new HubClient(options ?? new HubOptions(), hub, _clock);
        return await client.PullAsync(Request(), progress, cancellation ?? Token);
    }

    private async Task<GessoException> FailAsync(StubHub hub, string code, HubOptions? options = null)
    {
        GessoException error = await Assert.ThrowsAsync<GessoException>(() => PullAsync(hub, options));
        Assert.Equal(code, error.Code);
        return error;
    }

    private void Leave(string path, byte[] bytes, string sha256)
    {
        string part = _folder["owner--model", path] + ".part";
        Directory.CreateDirectory(Path.GetDirectoryName(part)!);
        File.WriteAllBytes(part, bytes);
        File.WriteAllText(part + ".json", $$"""{ "sha256": "{{sha256}}", "size": 20000 }""");
    }

    private string[] InModel() => [.. _folder.Files.Select(file => file["owner--model/".Length..])];

    private sealed class Recorder(List<PullProgress> reports) : IProgress<PullProgress>
    {
        public void Report(PullProgress value) => reports.Add(value);
    }

    private sealed class SilentHandler : HttpMessageHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            await Task.Delay(Timeout.Infinite, cancellationToken);
            throw new InvalidOperationException("an endless wait ended");
        }
    }

    /// <summary>Delivers some bytes, tells, and then only waits.</summary>
    private sealed class BrokenContent : StreamContent
    {
        public BrokenContent(byte[] content, int count, Action delivered)
            : base(new BrokenStream(content, count, delivered), content.Length) => Headers.ContentLength = content.Length;
    }

    private sealed class BrokenStream(byte[] content, int count, Action delivered) : MemoryStream(content[..count])
    {
        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (Position < Length)
                return Read(buffer.Span);
            delivered();
            await Task.Delay(Timeout.Infinite, cancellationToken);
            return 0;
        }
    }
}
