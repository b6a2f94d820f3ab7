using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Gesso.Engine.Tests.Hub;

/// <summary>The hub's two addresses over a table of files, without a network. Large files carry a hash in the list, as LFS files do.</summary>
internal sealed class StubHub : HttpMessageHandler
{
    public const string Repo = "owner/model";
    private readonly Lock _gate = new();

    public sealed record Seen(Uri Uri, RangeHeaderValue? Range, string? Token);

    public Dictionary<string, byte[]> Files { get; } = [];

    /// <summary>Hashes that the list claims, where they differ from the truth.</summary>
    public Dictionary<string, string> ClaimedHashes { get; } = [];

    public List<Seen> Requests { get; } = [];

    public int PageSize { get; init; } = 1000;

    /// <summary>The host in the links to next pages.</summary>
    public string LinkHost { get; init; } = "https://huggingface.co";

    public string? Commit { get; init; }

    /// <summary>Asked first; null: the file table answers.</summary>
    public Func<HttpRequestMessage, HttpResponseMessage?> Before { get; set; } = _ => null;

    public IEnumerable<string> Downloads => Requests.Where(seen => seen.Uri.AbsolutePath.Contains("/resolve/", StringComparison.Ordinal))
        .Select(seen => Uri.UnescapeDataString(seen.Uri.AbsolutePath.Split("/resolve/")[1].Split('/', 2)[1]));

    public static byte[] Bytes(int count, int seed)
    {
        byte[] bytes = new byte[count];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    public static string Sha256(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    /// <summary>The layout of a FLUX repo in small: component folders, and the same weights once more as one file.</summary>
    public static StubHub Flux()
    {
        var hub = new StubHub();
        hub.Files["model_index.json"] = Encoding.UTF8.GetBytes("""
            { "_class_name": "FluxPipeline", "_diffusers_version": "0.30", "scheduler": ["diffusers", "FlowMatchEulerDiscreteScheduler"],
              "text_encoder": ["transformers", "CLIPTextModel"], "tokenizer": ["transformers", "CLIPTokenizer"],
              "transformer": ["diffusers", "FluxTransformer2DModel"], "vae": ["diffusers", "AutoencoderKL"], "image_encoder": [null, null] }
            """);
        hub.Files["README.md"] = "card"u8.ToArray();
        hub.Files["LICENSE.md"] = "licence"u8.ToArray();
        hub.Files["flux1-dev.safetensors"] = Bytes(90_000, 1);
        hub.Files["ae.safetensors"] = Bytes(2_000, 2);
        hub.Files["dev_grid.jpg"] = Bytes(500, 3);
        hub.Files["scheduler/scheduler_config.json"] = "{}"u8.ToArray();
        hub.Files["text_encoder/config.json"] = "{}"u8.ToArray();
        hub.Files["text_encoder/model.safetensors"] = Bytes(30_000, 4);
        hub.Files["tokenizer/vocab.json"] = "{}"u8.ToArray();
        hub.Files["tokenizer/merges.txt"] = "a b"u8.ToArray();
        hub.Files["transformer/config.json"] = "{}"u8.ToArray();
        hub.Files["transformer/diffusion_pytorch_model.safetensors.index.json"] = "{}"u8.ToArray();
        hub.Files["transformer/diffusion_pytorch_model-00001-of-00002.safetensors"] = Bytes(70_000, 5);
        hub.Files["transformer/diffusion_pytorch_model-00002-of-00002.safetensors"] = Bytes(60_000, 6);
        hub.Files["vae/config.json"] = "{}"u8.ToArray();
        hub.Files["vae/diffusion_pytorch_model.safetensors"] = Bytes(20_000, 7);
        return hub;
    }

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_gate)
        {
            Requests.Add(new Seen(request.RequestUri!, request.Headers.Range, request.Headers.Authorization?.Parameter));
            return Task.FromResult(Before(request) ?? Answer(request));
        }
    }

    private HttpResponseMessage Answer(HttpRequestMessage request)
    {
        string path = Uri.UnescapeDataString(request.RequestUri!.AbsolutePath);
        if (path.StartsWith($"/api/models/{Repo}/tree/", StringComparison.Ordinal))
            return Tree(request.RequestUri);
        string[] parts = path.Split("/resolve/");
        return parts.Length == 2 && parts[0] == "/" + Repo && Files.TryGetValue(parts[1].Split('/', 2)[1], out byte[]? content)
            ? Content(content, request.Headers)
            : new HttpResponseMessage(HttpStatusCode.NotFound) { Headers = { { "X-Error-Code", "EntryNotFound" } } };
    }

    private HttpResponseMessage Tree(Uri uri)
    {
        int start = uri.Query.Contains("cursor=", StringComparison.Ordinal) ? int.Parse(uri.Query.Split("cursor=")[1]) : 0;
        object[] entries = [.. Files.Skip(start).Take(PageSize).Select(file => Entry(file.Key, file.Value.Length)), new { type = "directory", path = "vae" }];
        var response = new HttpResponseMessage { Content = new StringContent(JsonSerializer.Serialize(entries)) };
        if (start + PageSize < Files.Count)
            response.Headers.Add("Link", $"<{LinkHost}{uri.AbsolutePath}?recursive=true&cursor={start + PageSize}>; rel=\"next\"");
        return response;
    }

    private object Entry(string path, int size) => size < 1000
        ? new { type = "file", path, size, oid = "git" }
        : new { type = "file", path, size, oid = "git", lfs = new { oid = Hash(path), size, pointerSize = 135 } };

    private string Hash(string path) => ClaimedHashes.GetValueOrDefault(path) ?? Sha256(Files[path]);

    private HttpResponseMessage Content(byte[] content, HttpRequestHeaders headers)
    {
        long from = headers.Range?.Ranges.Single().From ?? 0;
        string tag = $"\"{Sha256(content)[..8]}\"";
        if (headers.IfRange?.EntityTag is { } expected && expected.Tag != tag)
            from = 0;
        if (from > 0 && from >= content.Length)
            return new HttpResponseMessage(HttpStatusCode.RequestedRangeNotSatisfiable);
        var response = new HttpResponseMessage { Content = new ByteArrayContent(content[(int)from..]) };
        if (from > 0)
        {
            response.StatusCode = HttpStatusCode.PartialContent;
            response.Content.Headers.ContentRange = new ContentRangeHeaderValue(from, content.Length - 1, content.Length);
        }
        response.Headers.ETag = new EntityTagHeaderValue(tag);
        if (Commit is not null)
            response.Headers.Add("X-Repo-Commit", Commit);
        return response;
    }
}
