using System.Text;
using Gesso.Contracts.Errors;
using Gesso.Engine.Library.Hub;

namespace Gesso.Engine.Tests.Hub;

public sealed class HubSourceTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly PatienceClock _clock = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void KnownModel_finds_short_names_and_repos()
    {
        Assert.Equal("black-forest-labs/FLUX.1-schnell", KnownModel.Find("flux-schnell")?.Repo);
        Assert.Equal("flux-dev", KnownModel.Find("black-forest-labs/flux.1-dev")?.Name);
        Assert.Null(KnownModel.Find("flux"));
        Assert.Equal(KnownModel.All.Count, KnownModel.All.Select(model => model.Name).Distinct().Count());
        Assert.All(KnownModel.All, model => Assert.Equal(model.IsSupported, model.Supported.StartsWith("yes", StringComparison.Ordinal)));
        Assert.Equal("about 34 GB", KnownModel.Find("flux-dev")?.ApproximateSize);
    }

    [Theory]
    [InlineData("flux-krea-dev", "black-forest-labs/FLUX.1-Krea-dev", "main", null)]
    [InlineData("some-one/Some.Thing", "some-one/Some.Thing", "main", null)]
    [InlineData("https://huggingface.co/o/m", "o/m", "main", null)]
    [InlineData("https://huggingface.co/o/m/resolve/v2/sub/a%20b.gguf?download=true", "o/m", "v2", "sub/a b.gguf")]
    [InlineData("https://huggingface.co/o/m/blob/main/a.safetensors", "o/m", "main", "a.safetensors")]
    [InlineData("https://mirror.example/o/m/resolve/main/a.gguf", "o/m", "main", "a.gguf")]
    public void Source_reads_names_and_hub_addresses(string source, string repo, string revision, string? file)
    {
        var parsed = Assert.IsType<PullSource.Repo>(PullSource.Parse(Request(source), new Uri("https://mirror.example")));
        Assert.Equal((repo, revision, file), (parsed.Name, parsed.Revision, parsed.File));
    }

    [Theory]
    [InlineData("flux", "model_unknown")]
    [InlineData("a/b/c", "model_unknown")]
    [InlineData("../x", "model_unknown")]
    [InlineData("http://example.org/a.safetensors", "address_unsupported")]
    [InlineData("ftp://example.org/a.safetensors", "address_unsupported")]
    [InlineData("https://example.org/a.zip", "address_unsupported")]
    [InlineData("https://example.org/", "address_unsupported")]
    [InlineData("https://example.org/x/..%2f..%2fa.safetensors", "address_unsupported")]
    public void Source_refuses_what_it_cannot_pull(string source, string code)
    {
        GessoException error = Assert.Throws<GessoException>(() => PullSource.Parse(Request(source), HubOptions.DefaultEndpoint));
        Assert.Equal(code, error.Code);
    }

    [Fact]
    public async Task Single_file_is_pulled_alone_and_verified()
    {
        StubHub hub = StubHub.Flux();
        PulledModel model = await PullAsync(hub, Request(StubHub.Repo) with { SingleFile = "flux1-dev.safetensors" });
        Assert.Equal(["owner--model/.gesso-pull.json", "owner--model/flux1-dev.safetensors"], _folder.Files);
        Assert.Equal(StubHub.Sha256(hub.Files["flux1-dev.safetensors"]), Assert.Single(model.Files).Sha256);
    }

    [Fact]
    public async Task Single_file_that_is_not_there_lists_those_that_are()
    {
        GessoException error = await FailAsync(StubHub.Flux(), Request(StubHub.Repo) with { SingleFile = "flux1-pro.safetensors" }, "file_not_found");
        Assert.Contains("flux1-dev.safetensors (0.1 MB)", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Repo_of_several_checkpoints_asks_which_one()
    {
        var hub = new StubHub { Files = { ["flux-Q4_K.gguf"] = StubHub.Bytes(5_000, 1), ["flux-Q8_0.gguf"] = StubHub.Bytes(9_000, 2) } };
        GessoException error = await FailAsync(hub, Request(StubHub.Repo), "choose_a_file");
        Assert.Contains("--single-file: flux-Q4_K.gguf", error.Message, StringComparison.Ordinal);
        hub.Files.Remove("flux-Q8_0.gguf");
        Assert.Single((await PullAsync(hub, Request(StubHub.Repo))).Files);
    }

    [Fact]
    public async Task Address_never_gets_the_hubs_token()
    {
        byte[] content = StubHub.Bytes(4_000, 3);
        var hub = new StubHub { Before = _ => new HttpResponseMessage { Content = new ByteArrayContent(content) } };
        PullRequest request = Request("https://files.example.org/lora/thing.safetensors");
        PulledModel model = await PullAsync(hub, request, new HubOptions { Token = "secret" });
        Assert.Equal(["thing/.gesso-pull.json", "thing/thing.safetensors"], _folder.Files);
        Assert.Null(Assert.Single(hub.Requests).Token);
        Assert.Equal(StubHub.Sha256(content), Assert.Single(model.Files).Sha256);

        Assert.Equal(0, (await PullAsync(hub, request)).BytesDownloaded);
        await FailAsync(hub, Request("https://other.example.org/thing.safetensors"), "folder_taken");
    }

    [Fact]
    public async Task Address_that_answers_with_a_web_page_is_refused()
    {
        var hub = new StubHub { Before = _ => new HttpResponseMessage { Content = new StringContent("<html>log in</html>", Encoding.UTF8, "text/html") } };
        await FailAsync(hub, Request("https://files.example.org/thing.safetensors"), "hub_bad_answer");
        Assert.DoesNotContain("thing/thing.safetensors", _folder.Files);
    }

    [Fact]
    public async Task Address_checks_the_disk_as_soon_as_the_size_is_known()
    {
        var hub = new StubHub { Before = _ => new HttpResponseMessage { Content = new ByteArrayContent(new byte[4_000]) } };
        using var client = new HubClient(new HubOptions(), hub, _clock, _ => 64 << 20);
        GessoException error = await Assert.ThrowsAsync<GessoException>(
            () => client.PullAsync(Request("https://files.example.org/thing.gguf"), null, TestContext.Current.CancellationToken));
        Assert.Equal("disk_full", error.Code);
    }

    [Fact]
    public async Task List_that_is_not_a_list_is_an_error()
    {
        var hub = new StubHub { Before = _ => new HttpResponseMessage { Content = new StringContent("<html>") } };
        await FailAsync(hub, Request(StubHub.Repo), "hub_bad_answer");
    }

    [Fact]
    public void Options_come_from_the_hubs_own_variables()
    {
        Directory.CreateDirectory(_folder[".cache", "huggingface"]);
        File.WriteAllText(_folder[".cache", "huggingface", "token"], "from-file\n");
        HubOptions plain = HubOptions.FromEnvironment(new Dictionary<string, string>(), _folder.Path);
        Assert.Equal(("https://huggingface.co/", "from-file", false), (plain.Endpoint.AbsoluteUri, plain.Token, plain.Offline));

        HubOptions set = HubOptions.FromEnvironment(
            new Dictionary<string, string> { ["HF_ENDPOINT"] = "https://mirror.example/hf/", ["HF_TOKEN"] = " t ", ["HF_HUB_OFFLINE"] = "1" }, _folder.Path);
        Assert.Equal(("https://mirror.example/hf/", "t", true), (set.Endpoint.AbsoluteUri, set.Token, set.Offline));
        Assert.Null(HubOptions.FromEnvironment(new Dictionary<string, string> { ["HF_HOME"] = _folder["nowhere"] }, _folder.Path).Token);

        GessoException error = Assert.Throws<GessoException>(
            () => HubOptions.FromEnvironment(new Dictionary<string, string> { ["HF_ENDPOINT"] = "mirror.example" }, _folder.Path));
        Assert.Equal("hub_endpoint_invalid", error.Code);
    }

    [Fact]
    public void Addresses_escape_revisions_and_names()
    {
        var endpoint = new Uri("https://mirror.example/hf/");
        Assert.Equal(
            "https://mirror.example/hf/api/models/o/m/tree/refs%2Fpr%2F1?recursive=true", HubListing.TreeUri(endpoint, "o/m", "refs/pr/1").AbsoluteUri);
        Assert.Equal("https://mirror.example/hf/o/m/resolve/main/a%20b/c%23.json", HubListing.FileUri(endpoint, "o/m", "main", "a b/c#.json").AbsoluteUri);
    }

    private PullRequest Request(string source) => new() { Source = source, ModelsRoot = _folder.Path };

    private async Task<PulledModel> PullAsync(StubHub hub, PullRequest request, HubOptions? options = null)
    {
        using var client = new HubClient(options ?? new HubOptions(), hub, _clock);
        return await client.PullAsync(request, null, TestContext.Current.CancellationToken);
    }

    private async Task<GessoException> FailAsync(StubHub hub, PullRequest request, string code)
    {
        GessoException error = await Assert.ThrowsAsync<GessoException>(() => PullAsync(hub, request));
        Assert.Equal(code, error.Code);
        return error;
    }
}
