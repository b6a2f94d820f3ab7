using Gesso.Contracts.Images;
using Gesso.Diffusion.Imaging;

namespace Gesso.Testing;

/// <summary>Files as people's folders have them.</summary>
public static class OddPictures
{
    /// <summary>JPEG, 16×16, four components.</summary>
    public static byte[] Cmyk { get; } = Convert.FromBase64String(
        "/9j/7gAOQWRvYmUAZAAAAAAA/9sAQwAQCwwODAoQDg0OEhEQExgoGhgWFhgxIyUdKDozPTw5Mzg3QEhcTkBEV0U3OFBtUVdfYmdoZz5NcXlwZHhcZWdj/8AAFAgAEAAQBEMRAE0RAFkRAEsRAP/EABYAAQEBAAAAAAAAAAAAAAAAAAAGB//EABQQAQAAAAAAAAAAAAAAAAAAAAD/2gAOBEMATQBZAEsAAD8A0BEoJTgAAAP/2Q==");

    /// <summary>WebP, 8×8, two frames.</summary>
    public static byte[] Animated { get; } = Convert.FromBase64String(
        "UklGRpQAAABXRUJQVlA4WAoAAAACAAAABwAABwAAQU5JTQYAAAD/////AABBTk1GMAAAAAAAAAAAAAcAAAcAAGQAAAJWUDggGAAAADABAJ0BKggACAAFQHwlpAADcAD+6/sAAEFOTUYwAAAAAAAAAAAABwAABwAAZAAAAFZQOCAYAAAANAEAnQEqCAAIAAAAfCWkAANwAP7vTEAA");

    public static byte[] BrokenJpeg { get; } = [0xFF, 0xD8, 0xFF, 0xE0, 1, 2, 3];

    /// <summary>PNG, 30×30, its upper half transparent.</summary>
    public static byte[] HalfClear { get; } = ImageFiles.EncodePng(new RasterImage(30, 30, 4, [.. Enumerable.Range(0, 30 * 30 * 4).Select(i => (byte)(i % 4 == 3 && i < 30 * 30 * 2 ? 0 : 200))]));

    /// <summary>A folder with one of each, a picture with eight copies, and another: <c>broken.jpg print.jpg moving.webp clear.png one.png other.png</c>.</summary>
    public static void Fill(string folder)
    {
        Directory.CreateDirectory(folder);
        void Add(string name, byte[] bytes) => File.WriteAllBytes(Path.Combine(folder, name), bytes);
        byte[] one = ImageFiles.EncodePng(Pictures.Noise(40, 40, 3, 1));
        Add("one.png", one);
        for (int i = 0; i < 8; i++)
            Add($"one copy {i}.png", one);
        Add("other.png", ImageFiles.EncodePng(Pictures.Noise(40, 40, 3, 2)));
        Add("broken.jpg", BrokenJpeg);
        Add("print.jpg", Cmyk);
        Add("moving.webp", Animated);
        Add("clear.png", HalfClear);
    }
}
