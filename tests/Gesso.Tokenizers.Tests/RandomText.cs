using System.Text;

namespace Gesso.Tokenizers.Tests;

/// <summary>Strings that mix scripts, marks, spaces, controls, special spellings and lone surrogates.</summary>
internal static class RandomText
{
    private static readonly string[] Spellings =
    [
        "<|endoftext|>", "<|startoftext|>", "</s>", "<pad>", "<unk>", "<extra_id_7>", "<|", "＜/s＞", "'s", "'LL", "İ", "\r\n", "  ", "▁",
        "\u200d", "\ufe0f", "e\u0301", "\u1100\u1161\u11a8", "가", "ﬁ", "ﷺ", "👩\u200d👧", "🇩🇪", "𝒜", "𝟘",
    ];

    private static readonly (int First, int Last)[] Blocks =
    [
        (0x00, 0xFF), (0x20, 0x7E), (0x100, 0x24F), (0x300, 0x36F), (0x370, 0x5FF), (0x600, 0x6FF), (0x900, 0x97F), (0xE00, 0xE7F), (0x2000, 0x2BFF),
        (0x3040, 0x30FF), (0x4E00, 0x4FFF), (0xAC00, 0xACFF), (0xD800, 0xDFFF), (0xE000, 0xFFFF), (0x10000, 0x10FFFF),
    ];

    public static string Draw(Random random, int longest)
    {
        var text = new StringBuilder();
        for (var left = random.Next(longest); left > 0; left--)
        {
            if (random.Next(8) == 0)
            {
                text.Append(Spellings[random.Next(Spellings.Length)]);
                continue;
            }

            var (first, last) = Blocks[random.Next(Blocks.Length)];
            var value = random.Next(first, last + 1);
            text.Append(value < 0x10000 ? ((char)value).ToString() : char.ConvertFromUtf32(value));
        }

        return text.ToString();
    }
}
