import { crc32 } from 'node:zlib';
import { CainError } from '../errors.ts';
import { checkReceived } from './check-received.ts';
import type { FileUpload, FileUploadOptions, UploadedFile } from './file-upload.ts';

type WhichFile = Pick<FileUploadOptions, 'file' | 'pod' | 'key'>;

/**
 * Takes the place of an upload where a file was stored from a stream that ended badly: sums it again and sends
 * nothing. The same bytes in a stream that ends well prove the object that is there. Other bytes can't take its
 * key: no data object is ever overwritten.
 */
export function startSecondReading(which: WhichFile, first: UploadedFile): FileUpload {
  let receivedBytes = 0;
  let crc = 0;
  return {
    async write(slice) {
      receivedBytes += slice.length;
      crc = crc32(slice, crc);
    },
    async finish() {
      checkReceived(which, receivedBytes, crc);
      if (crc !== first.crc32) throw otherBytesError(which, crc, first.crc32);
      return first;
    },
    async abort() {},
  };
}

function otherBytesError({ file, pod, key }: WhichFile, crc: number, storedCrc: number): CainError {
  const { keyspace, table } = file;
  return new CainError(
    'CAIN_FILE_UNREADABLE',
    `File has other bytes than when it was stored: pod ${pod}, keyspace ${keyspace}, table ${table}, file ${file.file}, CRC-32 ${crc}, stored ${storedCrc}`,
    {
      hint: `The disk of ${pod} did not give the file's bytes each time: look at the node's kernel log. The next run stores the file anew.`,
      fields: { pod, keyspace, table, file: file.file, key },
    },
  );
}
