#pragma warning disable OPENAI001 // usage and quality are marked as experimental in the SDK
using System.ClientModel;
using System.ClientModel.Primitives;
using System.Net.ServerSentEvents;
using System.Text.Json;
using Gesso.Server.Pictures;
using Gesso.Testing.Server;
using OpenAI;
using OpenAI.Images;
using OpenAI.Models;

namespace Gesso.Server.Tests.Sdk;

/// <summary>The official OpenAI .NET SDK, unchanged but for the address.</summary>
public sealed class DotNetSdkTests(OneServer one)
{
    [Fact]
    public async Task Sdk_generates()
    {
        GeneratedImage image = await Images().GenerateImageAsync("a pier", new ImageGenerationOptions
        {
            Size = GeneratedImageSize.W1024xH1024,
            Quality = GeneratedImageQuality.HighQuality,
            Style = GeneratedImageStyle.Vivid,
            ResponseFormat = GeneratedImageFormat.Bytes,
            EndUserId = "somebody",
        });

        Assert.Equal(PictureHeader.Png, PictureHeader.Read(image.ImageBytes.ToArray(), out _)!.MediaType);
    }

    [Fact]
    public async Task Sdk_generates_several_and_reads_the_usage()
    {
        GeneratedImageCollection images = await Images().GenerateImagesAsync("a pier", 3, new ImageGenerationOptions { Size = new GeneratedImageSize(512, 768) });

        Assert.Equal(3, images.Count);
        Assert.Equal(3 * 32 * 48, images.Usage.OutputTokenCount);
        Assert.Equal(images.Usage.InputTokenCount + images.Usage.OutputTokenCount, images.Usage.TotalTokenCount);
        Assert.True(images.CreatedAt > DateTimeOffset.UnixEpoch);
    }

    [Fact]
    public async Task Sdk_gets_an_address()
    {
        GeneratedImage image = await Images().GenerateImageAsync("a pier", new ImageGenerationOptions { ResponseFormat = GeneratedImageFormat.Uri });

        using HttpClient stranger = new();
        Assert.NotEmpty(await stranger.GetByteArrayAsync(image.ImageUri));
    }

    [Fact]
    public async Task Sdk_edits_with_a_mask()
    {
        using MemoryStream picture = new(TestPictures.Png(64, 64)), mask = new(TestPictures.Mask(64, 64));

        ImageEditOptions options = new() { Size = new GeneratedImageSize(64, 64) };
        GeneratedImage image = await Images().GenerateImageEditAsync(picture, "picture.png", "a door", mask, "mask.png", options);

        Assert.NotEmpty(image.ImageBytes.ToArray());
    }

    [Fact]
    public async Task Sdk_varies()
    {
        using MemoryStream picture = new(TestPictures.Png(64, 64));

        ImageVariationOptions options = new() { ResponseFormat = GeneratedImageFormat.Bytes };
        GeneratedImageCollection images = await Images().GenerateImageVariationsAsync(picture, "picture.png", 2, options);

        Assert.Equal(2, images.Count);
    }

    [Fact]
    public async Task Sdk_lists_models()
    {
        OpenAIModelClient client = new(Credential(), Options());

        OpenAIModelCollection models = await client.GetModelsAsync();
        OpenAIModel model = await client.GetModelAsync("gpt-image-test");

        Assert.Contains(models, m => m.Id == ServerFixtureOptions.Instant);
        Assert.Equal(("gpt-image-test", "gesso"), (model.Id, model.OwnedBy));
    }

    [Fact]
    public async Task Sdk_streams_by_its_protocol_method()
    {
        using var body = BinaryContent.Create(BinaryData.FromString($$"""{"model":"{{ServerFixtureOptions.Slow}}","prompt":"x","stream":true,"partial_images":1}"""));

        ClientResult result = await Images().GenerateImagesAsync(body, new RequestOptions { BufferResponse = false });

        List<string> types = [];
        await foreach (var item in SseParser.Create(result.GetRawResponse().ContentStream!).EnumerateAsync())
            types.Add(JsonDocument.Parse(item.Data).RootElement.GetProperty("type").GetString()!);
        Assert.Equal(["image_generation.partial_image", "image_generation.completed"], types);
    }

    [Fact]
    public async Task Sdk_raises_what_is_wrong_with_the_request()
    {
        var wrong = await Assert.ThrowsAsync<ClientResultException>(() => Images().GenerateImageAsync("x", new ImageGenerationOptions { Size = new GeneratedImageSize(1, 1) }));
        var unknown = await Assert.ThrowsAsync<ClientResultException>(() => Images("gpt-9").GenerateImageAsync("x"));
        ImageClient wrongKey = new(ServerFixtureOptions.Instant, new ApiKeyCredential("sk-wrong"), Options());
        var stranger = await Assert.ThrowsAsync<ClientResultException>(() => wrongKey.GenerateImageAsync("x"));

        Assert.Equal(400, wrong.Status);
        Assert.Contains("size: expected sides from 16 to 8192 pixels, got 1x1", wrong.Message, StringComparison.Ordinal);
        Assert.Equal(404, unknown.Status);
        Assert.Contains("model_not_found", unknown.Message, StringComparison.Ordinal);
        Assert.Equal(401, stranger.Status);
    }

    private ImageClient Images(string model = ServerFixtureOptions.Instant) => new(model, Credential(), Options());

    private ApiKeyCredential Credential() => new(one.Server.Key);

    private OpenAIClientOptions Options() => new() { Endpoint = new Uri(one.Server.Url, "/v1") };
}
