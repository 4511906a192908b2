using System.Security.Cryptography;

namespace Headgate.Protocol.Enrolment;

/// <summary>
/// The key of an enrolment under way, kept beside where the identity will be. A silo answers the same key again within 10 minutes: with the key kept, an answer that
/// got lost, or a process that died before it kept the answer, costs no code. Readable by its owner alone.
/// </summary>
public static class EnrolmentKey
{
    private const string FileName = "enrolling.pem";
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>The key kept in <paramref name="folder"/>, or a new one (P-256) that is on disk when this returns. The caller's to dispose.</summary>
    /// <exception cref="IOException">It cannot be kept.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be kept.</exception>
    public static ECDsa LoadOrMake(string folder)
    {
        var path = Path.Combine(folder, FileName);
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        if (File.Exists(path))
        {
            try
            {
                key.ImportFromPem(File.ReadAllText(path));
                return key;
            }
            catch (Exception fault) when (fault is ArgumentException or CryptographicException)
            {
                // Torn by a crash, before it was shown to anybody: a new one takes its place.
                key.Dispose();
                key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            }
        }

        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(folder);
        }
        else
        {
            Directory.CreateDirectory(folder, OwnerOnly | UnixFileMode.UserExecute);
        }

        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = OwnerOnly;
        }

        using var stream = new FileStream(path, options);
        stream.Write(System.Text.Encoding.UTF8.GetBytes(key.ExportPkcs8PrivateKeyPem()));
        stream.Flush(flushToDisk: true);
        return key;
    }

    /// <summary>Removes the key: the identity is kept.</summary>
    public static void Forget(string folder) => File.Delete(Path.Combine(folder, FileName));
}
