using System.IO.Compression;
using System.Text;
using Gesso.Contracts.Images;

namespace Gesso.Cli.Rendering;

/// <summary>
/// The Kitty graphics protocol (sw.kovidgoyal.net/kitty/graphics-protocol): APC <c>_G keys ; base64 ST</c>. Pixels go as zlib-compressed RGB
/// (f=24, o=z) and are shown at once (a=T) over c × r cells without moving the cursor (C=1); q=2 keeps the terminal from answering on the input.
/// </summary>
internal static class KittyGraphics
{
    /// <summary>The protocol's limit for the base64 of one escape; a multiple of 4, as all but the last must be.</summary>
    private const int ChunkLength = 4096;

    /// <param name="image">3 channels; the terminal scales it to the cells.</param>
    /// <param name="layout">The cells to cover.</param>
    /// <param name="id">0: unnamed; else it replaces what was sent under the same number.</param>
    public static string Encode(RasterImage image, CellLayout layout, uint id)
    {
        string data = Convert.ToBase64String(Compress(image.Pixels));
        var text = new StringBuilder(data.Length + 64 * (data.Length / ChunkLength + 1));
        for (int start = 0; start < data.Length; start += ChunkLength)
        {
            int length = Math.Min(ChunkLength, data.Length - start);
            bool more = start + length < data.Length;
            text.Append("\e_G");
            if (start == 0)
            {
                text.Append($"a=T,f=24,o=z,s={image.Width},v={image.Height},c={layout.Columns},r={layout.Rows},C=1,");
                if (id != 0)
                    text.Append($"i={id},");
            }
            text.Append($"q=2,m={(more ? 1 : 0)};").Append(data, start, length).Append("\e\\");
        }
        return text.ToString();
    }

    /// <summary>Takes a named picture off the screen and frees it.</summary>
    public static string Delete(uint id) => $"\e_Ga=d,d=I,i={id},q=2\e\\";

    private static byte[] Compress(byte[] pixels)
    {
        using var packed = new MemoryStream();
        using (var zlib = new ZLibStream(packed, CompressionLevel.Fastest, leaveOpen: true))
            zlib.Write(pixels);
        return packed.ToArray();
    }
}
