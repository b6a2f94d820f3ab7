using Gesso.Contracts.Images;
using Gesso.Engine.Library;
using Gesso.Testing;

namespace Gesso.Engine.Tests;

/// <summary>Two tiny models on disk, and what engine tests ask of them.</summary>
public sealed class TinyEngine : IDisposable
{
    private readonly TestFolder _folder = new();

    public TinyEngine()
    {
        Dev = new TinyModel().WriteFolder(_folder.At("dev"));
        Schnell = new TinyModel { Dev = false, TextLength = 256 }.WriteFolder(_folder.At("schnell"));
    }

    public string Dev { get; }

    public string Schnell { get; }

    /// <summary>A request that tests change.</summary>
    public static ImageRequest Request { get; } = new()
    {
        Prompt = "a red box",
        Size = new ImageSize(32, 24),
        Steps = 2,
        Seed = new Seed(7),
        TextLength = 16,
    };

    public static ImageEngine Load(string path) => Load(new ModelSource { Path = path });

    public static ImageEngine Load(ModelSource source) => ImageEngine.Load(source, new EngineOptions { Device = "cpu" });

    /// <summary>All pictures of a request.</summary>
    public static List<ImageResult> Draw(ImageEngine engine, ImageRequest request) =>
        [.. engine.Generate(engine.Plan(request)).Select(s => s.Result).OfType<ImageResult>()];

    /// <summary>The only picture that a model draws.</summary>
    public static byte[] Draw(ModelSource source, ImageRequest request)
    {
        using var engine = Load(source);
        return Draw(engine, request).Single().Picture.Pixels;
    }

    public void Dispose() => _folder.Dispose();
}
