using Gesso.Contracts.Errors;

namespace Gesso.Storage.Assets;

/// <summary>Errors that both places for pictures tell.</summary>
internal static class AssetErrors
{
    private const int NoSpace = 28, QuotaUsedUp = 122;
    private const int WindowsDiskFull = unchecked((int)0x80070070), WindowsHandleDiskFull = unchecked((int)0x80070027);

    /// <summary>Linux gives errno, Windows an HRESULT.</summary>
    public static bool IsDiskFull(IOException e) => e.HResult is NoSpace or QuotaUsedUp or WindowsDiskFull or WindowsHandleDiskFull;

    public static GessoException Damaged(string place, Exception? inner = null) => GessoException.Unavailable(
        "asset_damaged", $"{place} is damaged: its content does not match its name. Restore it from a backup, or delete it and draw it again.", inner);
}
