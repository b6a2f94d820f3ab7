namespace Gesso.Engine.Library.Hub;

/// <summary>Whether a folder's disk takes some more bytes, and a little beside them: a file system filled to the last byte breaks other things.</summary>
internal sealed class DiskRoom(string directory, Func<string, long> freeBytes)
{
    private const long SpareBytes = 64 << 20;

    public void Require(long bytes)
    {
        if (bytes <= 0)
            return;
        long free = freeBytes(directory);
        if (bytes + SpareBytes > free)
            throw HubErrors.DiskFull(directory, bytes + SpareBytes, free);
    }
}
