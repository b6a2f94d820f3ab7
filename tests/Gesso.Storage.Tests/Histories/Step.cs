namespace Gesso.Storage.Tests.Histories;

/// <summary>Something that is done with the stores.</summary>
internal enum Deed
{
    Submit,
    Claim,
    Renew,
    Hold,
    Checkpoint,
    AddPicture,
    Complete,
    Fail,
    Return,
    Expire,
    ExpireWorker,
    ExpireDeadlines,
    Cancel,
    Remove,
    RemoveFinished,
    SaveTenant,
    List,
    Look,
    Numbers,
    Gallery,
    RemovePicture,
    Upload,
    Collect,
    TakeWebhooks,
    EndWebhook,
}

/// <summary>
/// A deed, with the seed of all that is chosen about it. What it is about is chosen from what there is when its turn comes, so that a history with a step left out
/// is a history, too.
/// </summary>
internal readonly record struct Step(Deed Deed, int Seed)
{
    private static readonly Deed[] Weighted =
    [
        .. Enum.GetValues<Deed>(),
        .. Enumerable.Repeat(Deed.Submit, 5), .. Enumerable.Repeat(Deed.Claim, 7), .. Enumerable.Repeat(Deed.Complete, 8), .. Enumerable.Repeat(Deed.AddPicture, 3),
        Deed.Renew, Deed.Expire, Deed.Fail, Deed.Return,
    ];

    public static Step[] History(int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, random.Next(10, 90)).Select(_ => new Step(Weighted[random.Next(Weighted.Length)], random.Next()))];
    }
}
