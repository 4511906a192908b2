using System.Globalization;
using System.Security.Cryptography;
using Headgate.Repository.Blobs;

namespace Headgate.Repository.Quota;

/// <summary>
/// Who holds leases here: the host, made once with the data folder, and this process's epoch, higher than any before it in that folder. Both are on disk
/// before they are used: <c>lease-host</c> (16 hex digits) and <c>lease-epoch</c> (a decimal number) in the data folder.
/// </summary>
/// <param name="Host">The host: 16 digits of 0-9 and a-f.</param>
/// <param name="Epoch">The process.</param>
internal sealed record LeaseHost(string Host, long Epoch)
{
    private const int HostDigits = 16;

    /// <summary>Reads or makes the host, and begins an epoch: the clock's Unix milliseconds, or one more than the epoch before, whichever is higher.</summary>
    /// <exception cref="IOException">The folder cannot be written, or holds what cannot be read.</exception>
    public static LeaseHost Open(string dataDirectory, TimeProvider time)
    {
        var folder = Path.GetFullPath(dataDirectory);
        Directory.CreateDirectory(folder);
        var (hostFile, epochFile) = (Path.Combine(folder, "lease-host"), Path.Combine(folder, "lease-epoch"));
        string host;
        if (File.Exists(hostFile))
        {
            host = File.ReadAllText(hostFile).Trim();
            if (host.Length != HostDigits || host.AsSpan().ContainsAnyExcept("0123456789abcdef"))
            {
                throw new IOException(
                    $"{hostFile} does not hold {HostDigits} hex digits. Restore it, or delete it to begin as a new host and fence the old one on the silo (headgate-server repository fence).");
            }
        }
        else
        {
            host = RandomNumberGenerator.GetHexString(HostDigits, lowercase: true);
            DurableFile.Replace(hostFile, host + "\n");
        }

        long before = 0;
        if (File.Exists(epochFile)
            && (!long.TryParse(File.ReadAllText(epochFile).Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out before) || before == long.MaxValue))
        {
            throw new IOException($"{epochFile} does not hold a number. Restore it, or delete it together with {hostFile} and fence the old host on the silo.");
        }

        var epoch = Math.Max(time.GetUtcNow().ToUnixTimeMilliseconds(), before + 1);
        DurableFile.Replace(epochFile, epoch.ToString(CultureInfo.InvariantCulture) + "\n");
        return new LeaseHost(host, epoch);
    }
}
