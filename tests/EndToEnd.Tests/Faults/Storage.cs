namespace Headgate.EndToEnd.Tests.Faults;

/// <summary>A repository's storage as it lies on disk.</summary>
internal static class Storage
{
    private const long MinObjectBytes = 4096;

    public static string FolderOf(World world, string repository = "repo1") => world.PathOf(repository, "storage");

    /// <summary>Files of uploads under way, or left behind.</summary>
    public static string[] Temporary(World world) => Directory.GetFiles(Path.Combine(FolderOf(world), "tmp"), "*", SearchOption.AllDirectories);

    /// <summary>What a tenant's objects cost, counted anew: each at least 4 KiB, locks nothing.</summary>
    public static long CostOf(World world, Tenant tenant) => Objects(world, tenant).Sum(file => Math.Max(file.Length, MinObjectBytes));

    /// <summary>Bytes of a tenant's objects, as they are.</summary>
    public static long BytesOf(World world, Tenant tenant) => Objects(world, tenant).Sum(file => file.Length);

    /// <summary>Objects with that name, of every type and restic repository of the tenant.</summary>
    public static string[] Named(World world, Tenant tenant, string name)
    {
        var folder = Path.Combine(FolderOf(world), "tenants", tenant.Id);
        return Directory.Exists(folder) ? Directory.GetFiles(folder, name, SearchOption.AllDirectories) : [];
    }

    /// <summary>Waits until the silo has heard from the repository exactly what lies on disk, and answers it.</summary>
    public static async Task<long> UsedIsTheRecountAsync(World world, Tenant tenant)
    {
        var (used, counted) = (-1L, 0L);
        await Tool.UntilAsync(
            async () => (used = await tenant.UsedAsync()) == (counted = CostOf(world, tenant)),
            "the use reported to be what lies on disk",
            () => $"Reported {used}, counted {counted}.\n{world.Logs}",
            every: TimeSpan.FromMilliseconds(400));
        return used;
    }

    private static IEnumerable<(string Path, long Length)> Objects(World world, Tenant tenant)
    {
        var folder = Path.Combine(FolderOf(world), "tenants", tenant.Id);
        if (!Directory.Exists(folder))
        {
            yield break;
        }

        foreach (var file in new DirectoryInfo(folder).EnumerateFiles("*", SearchOption.AllDirectories))
        {
            if (file.Directory!.Name == "locks")
            {
                continue;
            }

            long length;
            try
            {
                length = file.Length;
            }
            catch (FileNotFoundException)
            {
                // Deleted since it was listed.
                continue;
            }

            yield return (file.FullName, length);
        }
    }
}
